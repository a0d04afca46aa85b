{{/* What a value means, where the original's chart leaves more than one way to write it. */}}

{{/* "true" for true and "true"; empty for false, "false", "" and null. */}}
{{- define "aad-pod-identity.isTrue" -}}
{{- if eq (toString .) "true" -}}true{{- end -}}
{{- end }}

{{- define "aad-pod-identity.forceNamespaced" -}}
{{- if eq .Values.operationMode "managed" -}}true{{- else -}}{{ include "aad-pod-identity.isTrue" .Values.forceNamespaced }}{{- end -}}
{{- end }}

{{/*
An image: (dict "root" $ "image" .Values.mic). Values that name the original's images (its registry, or one of its
versions) mean "those of this chart": nothing else could run with these manifests. NOTES.txt says so.
*/}}
{{- define "aad-pod-identity.image" -}}
{{- $repository := .root.Values.image.repository -}}
{{- if include "aad-pod-identity.isOriginalRepository" $repository -}}
{{- $repository = "aad-pod-identity" -}}
{{- end -}}
{{- $tag := toString (default "" .image.tag) -}}
{{- if or (eq $tag "") (include "aad-pod-identity.isOriginalTag" $tag) -}}
{{- $tag = printf "v%s" .root.Chart.AppVersion -}}
{{- end -}}
{{- printf "%s/%s:%s" $repository .image.image $tag -}}
{{- end }}

{{- define "aad-pod-identity.isOriginalRepository" -}}
{{- if eq . "mcr.microsoft.com/oss/azure/aad-pod-identity" -}}true{{- end -}}
{{- end }}

{{- define "aad-pod-identity.isOriginalTag" -}}
{{- if regexMatch "^v?1\\.[0-8]\\.[0-9]+" (toString .) -}}true{{- end -}}
{{- end }}

{{- define "aad-pod-identity.mic.leaseNamespace" -}}
{{- default "default" .Values.mic.leaderElection.namespace -}}
{{- end }}

{{- define "aad-pod-identity.mic.leaseName" -}}
{{- default "aad-pod-identity-mic" .Values.mic.leaderElection.name -}}
{{- end }}

{{/* How MIC gets its cloud configuration: secret (adminsecret), secretFile (mic.cloudConfigSecret) or host (a file of the node). */}}
{{- define "aad-pod-identity.mic.cloudConfigFrom" -}}
{{- if .Values.adminsecret -}}secret
{{- else if .Values.mic.cloudConfigSecret -}}secretFile
{{- else -}}host
{{- end -}}
{{- end }}

{{/* Whether MIC fits the pod security standard "restricted": it reads no file of the node. */}}
{{- define "aad-pod-identity.mic.restricted" -}}
{{- if not (or (eq (include "aad-pod-identity.mic.cloudConfigFrom" .) "host") .Values.mic.customCloud.enabled) -}}true{{- end -}}
{{- end }}

{{/* Namespaces of which NMI may read Secrets, as a JSON list. */}}
{{- define "aad-pod-identity.secretNamespaces" -}}
{{- $found := list -}}
{{- if .Values.rbac.allowAccessToSecrets -}}
{{- $found = concat $found .Values.rbac.secretNamespaces -}}
{{- range $key, $identity := .Values.azureIdentities -}}
{{- if and $identity (ne (toString (default 0 $identity.type)) "0") $identity.clientPassword -}}
{{- $reference := $identity.clientPassword -}}
{{- if kindIs "string" $reference }}{{ $reference = fromJson $reference }}{{ end -}}
{{- $found = append $found (default (default $.Release.Namespace $identity.namespace) $reference.namespace) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $found | uniq | sortAlpha | toJson -}}
{{- end }}
