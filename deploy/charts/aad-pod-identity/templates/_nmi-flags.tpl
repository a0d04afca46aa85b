{{/* Flags that the values set; what is left out is what NMI does anyway. */}}
{{- define "aad-pod-identity.nmi.flags" -}}
{{- $nmi := .Values.nmi -}}
{{- $flags := list "--node=$(NODE_NAME)" (printf "--operation-mode=%s" .Values.operationMode) -}}
{{- if $nmi.nodeAddress -}}
{{- $flags = append $flags "--nmi-listen-address=$(HOST_IP)" -}}
{{- end -}}
{{- range $flag := list
  (list "http-probe-port" $nmi.probePort)
  (list "prometheus-port" $nmi.prometheusPort)
  (list "log-format" $nmi.loggingFormat)
  (list "v" $nmi.logVerbosity)
  (list "ipt-update-interval-sec" $nmi.ipTableUpdateTimeIntervalInSeconds)
  (list "retry-attempts-for-created" $nmi.retryAttemptsForCreated)
  (list "retry-attempts-for-assigned" $nmi.retryAttemptsForAssigned)
  (list "find-identity-retry-interval" $nmi.findIdentityRetryIntervalInSeconds)
  (list "metadata-header-required" $nmi.metadataHeaderRequired)
  (list "block-instance-metadata" $nmi.blockInstanceMetadata)
  (list "host-token" $nmi.hostToken)
  (list "cleanup-on-exit" $nmi.cleanupOnExit)
  (list "exception-match" $nmi.exceptionMatch)
  (list "binding-grace" $nmi.bindingGrace)
  (list "longest-wait" $nmi.longestWait)
  (list "kubelet-config" $nmi.kubeletConfig)
  (list "custom-user-agent" .Values.customUserAgent)
-}}
{{- $value := index $flag 1 -}}
{{- if and (not (kindIs "invalid" $value)) (ne (toString $value) "") (not (and (eq (index $flag 0) "v") (eq (toString $value) "0"))) -}}
{{- $flags = append $flags (printf "--%s=%v" (index $flag 0) $value) -}}
{{- end -}}
{{- end -}}
{{- range $flag := list
  (list "startup-taint" $nmi.startupTaint)
  (list "set-retry-after-header" $nmi.setRetryAfterHeader)
  (list "enable-conntrack-deletion" $nmi.enableConntrackDeletion)
  (list "allow-network-plugin-kubenet" $nmi.allowNetworkPluginKubenet)
-}}
{{- if include "aad-pod-identity.isTrue" (index $flag 1) -}}
{{- $flags = append $flags (printf "--%s" (index $flag 0)) -}}
{{- end -}}
{{- end -}}
{{- with $nmi.allowedADEndpoints -}}
{{- $flags = append $flags (printf "--allowed-ad-endpoints=%s" (join "," .)) -}}
{{- end -}}
{{- range $flags }}
- {{ . | quote }}
{{- end }}
{{- end }}
