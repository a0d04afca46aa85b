{{/* Names and labels: those of the original's chart, or, with plainNames, those of its plain manifests. */}}

{{- define "aad-pod-identity.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 59 | trimSuffix "-" -}}
{{- end }}

{{- define "aad-pod-identity.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 59 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 59 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 59 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* "component" in these is mic or nmi: (dict "root" $ "component" "mic") */}}
{{- define "aad-pod-identity.component.name" -}}
{{- if .root.Values.plainNames -}}
{{- .component -}}
{{- else -}}
{{- printf "%s-%s" (include "aad-pod-identity.name" .root) .component -}}
{{- end -}}
{{- end }}

{{- define "aad-pod-identity.component.serviceAccount" -}}
{{- if .root.Values.plainNames -}}
{{- printf "aad-pod-id-%s-service-account" .component -}}
{{- else -}}
{{- include "aad-pod-identity.component.name" . -}}
{{- end -}}
{{- end }}

{{- define "aad-pod-identity.component.role" -}}
{{- if .root.Values.plainNames -}}
{{- printf "aad-pod-id-%s-role" .component -}}
{{- else -}}
{{- include "aad-pod-identity.component.name" . -}}
{{- end -}}
{{- end }}

{{- define "aad-pod-identity.component.roleBinding" -}}
{{- if .root.Values.plainNames -}}
{{- printf "aad-pod-id-%s-binding" .component -}}
{{- else -}}
{{- include "aad-pod-identity.component.name" . -}}
{{- end -}}
{{- end }}

{{/* A selector can't be changed once it is there: these are exactly the original's. */}}
{{- define "aad-pod-identity.component.selector" -}}
{{- if .root.Values.plainNames -}}
component: {{ .component }}
{{ if eq .component "mic" }}app: mic{{ else }}tier: node{{ end }}
{{- else -}}
app.kubernetes.io/name: {{ include "aad-pod-identity.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}
{{- end }}

{{/* Of everything that belongs to neither MIC nor NMI. */}}
{{- define "aad-pod-identity.labels" -}}
{{- if .Values.plainNames -}}
k8s-app: aad-pod-id
{{- else -}}
app.kubernetes.io/name: {{ include "aad-pod-identity.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}
{{- end }}

{{- define "aad-pod-identity.component.labels" -}}
{{ include "aad-pod-identity.labels" .root }}
{{ if .root.Values.plainNames -}}
component: {{ .component }}
{{- else -}}
app.kubernetes.io/component: {{ .component }}
{{- end -}}
{{- if eq .component "nmi" }}
tier: node
{{- end -}}
{{- end }}

{{/* The pods of the uninstall hook: never those that a Deployment, a budget or MIC's exception selects. */}}
{{- define "aad-pod-identity.uninstall.podLabels" -}}
{{- if .Values.plainNames -}}
component: mic-uninstall
app: mic-uninstall
{{- else -}}
app.kubernetes.io/name: {{ include "aad-pod-identity.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: mic-uninstall
{{- end -}}
{{- end }}

{{/* Labels of pods: (dict "root" $ "component" "mic" "labels" .Values.mic.podLabels). What selects them can't be overridden. */}}
{{- define "aad-pod-identity.component.podLabels" -}}
{{- $selector := include "aad-pod-identity.component.selector" . | fromYaml -}}
{{- $labels := include "aad-pod-identity.component.labels" . | fromYaml -}}
{{- merge $selector (default dict .labels) $labels | toYaml -}}
{{- end }}
