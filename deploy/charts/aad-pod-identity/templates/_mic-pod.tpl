{{/*
What a pod of MIC is, whatever it does: (dict "root" $ "args" (list …) "ports" true "restartPolicy" "").
The Deployment, the dry run and the uninstall hook use it.
*/}}
{{- define "aad-pod-identity.mic.podSpec" -}}
{{- $root := .root -}}
{{- $mic := $root.Values.mic -}}
{{- $name := include "aad-pod-identity.component.name" (dict "root" $root "component" "mic") -}}
{{- $from := include "aad-pod-identity.mic.cloudConfigFrom" $root -}}
{{- $restricted := include "aad-pod-identity.mic.restricted" $root -}}
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if $root.Values.rbac.enabled }}
serviceAccountName: {{ include "aad-pod-identity.component.serviceAccount" (dict "root" $root "component" "mic") }}
{{- end }}
{{- with $mic.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .restartPolicy }}
restartPolicy: {{ . }}
{{- end }}
{{- if $restricted }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile:
    type: RuntimeDefault
{{- else }}
securityContext:
  # {{ if eq $from "host" }}{{ $mic.cloudConfig }}{{ else }}{{ $mic.customCloud.configPath }}{{ end }} of the node may be readable by root only, and a file of the
  # node does not go with the pod security standard "restricted". With a Secret (adminsecret, mic.cloudConfigSecret)
  # MIC needs neither.
  runAsUser: 0
  seccompProfile:
    type: RuntimeDefault
{{- end }}
containers:
  - name: mic
    image: {{ include "aad-pod-identity.image" (dict "root" $root "image" $mic) | quote }}
    imagePullPolicy: {{ $root.Values.image.imagePullPolicy }}
    args:
      {{- range .args }}
      - {{ . | quote }}
      {{- end }}
      {{- if ne $from "secret" }}
      - {{ printf "--cloudconfig=%s" $mic.cloudConfig | quote }}
      {{- end }}
      {{- with include "aad-pod-identity.mic.flags" $root | trim }}
      {{- . | nindent 6 }}
      {{- end }}
    env:
      # Its name in the leader Lease: a container that is started again goes on at once.
      - name: POD_NAME
        valueFrom:
          fieldRef:
            fieldPath: metadata.name
      {{- if include "aad-pod-identity.forceNamespaced" $root }}
      - name: FORCENAMESPACED
        value: 'true'
      {{- end }}
      {{- if eq $from "secret" }}
      {{- $keys := dict "CLOUD" "Cloud" "SUBSCRIPTION_ID" "SubscriptionID" "RESOURCE_GROUP" "ResourceGroup" "VM_TYPE" "VMType" "TENANT_ID" "TenantID" "CLIENT_ID" "ClientID" "CLIENT_SECRET" "ClientSecret" }}
      {{- if include "aad-pod-identity.isTrue" $root.Values.adminsecret.useMSI }}
      {{- $keys = merge $keys (dict "USE_MSI" "UseMSI" "USER_ASSIGNED_MSI_CLIENT_ID" "UserAssignedMSIClientID") }}
      {{- end }}
      {{- range $variable, $key := $keys }}
      - name: {{ $variable }}
        valueFrom:
          secretKeyRef:
            name: {{ $name }}
            key: {{ $key }}
      {{- end }}
      {{- end }}
      {{- if $mic.customCloud.enabled }}
      - name: AZURE_ENVIRONMENT_FILEPATH
        value: {{ $mic.customCloud.configPath | quote }}
      {{- end }}
    {{- if .ports }}
    ports:
      - name: probes
        containerPort: {{ default 8080 $mic.probePort }}
        protocol: TCP
      - name: metrics
        containerPort: {{ default 8888 $mic.prometheusPort }}
        protocol: TCP
    livenessProbe:
      httpGet:
        path: /healthz
        port: probes
      initialDelaySeconds: 10
      periodSeconds: 5
      timeoutSeconds: 5
      failureThreshold: 6
    readinessProbe:
      httpGet:
        path: /readyz
        port: probes
      periodSeconds: 5
      timeoutSeconds: 5
    {{- end }}
    securityContext:
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
      capabilities:
        drop:
          - ALL
    {{- with $mic.resources }}
    resources:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- if or (ne $from "secret") $mic.customCloud.enabled }}
    volumeMounts:
      {{- if eq $from "host" }}
      - name: k8s-azure-file
        mountPath: {{ $mic.cloudConfig }}
        readOnly: true
      {{- else if eq $from "secretFile" }}
      # The folder, not the file: MIC is told of a new content only so.
      - name: cloud-config
        mountPath: {{ dir $mic.cloudConfig }}
        readOnly: true
      {{- end }}
      {{- if $mic.customCloud.enabled }}
      - name: custom-env-file
        mountPath: {{ $mic.customCloud.configPath }}
        readOnly: true
      {{- end }}
    {{- end }}
{{- if or (ne $from "secret") $mic.customCloud.enabled }}
volumes:
  {{- if eq $from "host" }}
  - name: k8s-azure-file
    hostPath:
      path: {{ $mic.cloudConfig }}
  {{- else if eq $from "secretFile" }}
  - name: cloud-config
    secret:
      secretName: {{ $mic.cloudConfigSecret }}
  {{- end }}
  {{- if $mic.customCloud.enabled }}
  - name: custom-env-file
    hostPath:
      path: {{ $mic.customCloud.configPath }}
  {{- end }}
{{- end }}
{{- with $mic.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $mic.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $mic.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $mic.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Flags that the values set; what is left out is what MIC does anyway. */}}
{{- define "aad-pod-identity.mic.flags" -}}
{{- $mic := .Values.mic -}}
{{- $flags := list -}}
{{- range $flag := list
  (list "log-format" $mic.loggingFormat)
  (list "v" $mic.logVerbosity)
  (list "leader-election-instance" $mic.leaderElection.instance)
  (list "leader-election-namespace" $mic.leaderElection.namespace)
  (list "leader-election-name" $mic.leaderElection.name)
  (list "leader-election-duration" $mic.leaderElection.duration)
  (list "http-probe-port" $mic.probePort)
  (list "prometheus-port" $mic.prometheusPort)
  (list "createDeleteBatch" $mic.createDeleteBatch)
  (list "syncRetryDuration" $mic.syncRetryDuration)
  (list "update-user-msi-retry-interval" $mic.updateUserMSIRetryInterval)
  (list "identity-assignment-reconcile-interval" $mic.identityAssignmentReconcileInterval)
  (list "unassign-grace-period" $mic.unassignGracePeriod)
  (list "custom-user-agent" .Values.customUserAgent)
-}}
{{- $value := index $flag 1 -}}
{{- if and (not (kindIs "invalid" $value)) (ne (toString $value) "") (not (and (eq (index $flag 0) "v") (eq (toString $value) "0"))) -}}
{{- $flags = append $flags (printf "--%s=%v" (index $flag 0) $value) -}}
{{- end -}}
{{- end -}}
{{- with $mic.immutableUserMSIs -}}
{{- $flags = append $flags (printf "--immutable-user-msis=%s" (join "," .)) -}}
{{- end -}}
{{- range $flags }}
- {{ . | quote }}
{{- end }}
{{- end }}
