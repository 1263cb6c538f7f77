{{/*
The names are fixed, not made from the release's name: kinds, the CSI driver's name and the webhooks are the cluster's,
so there is one installation in a cluster, and messages can name what they speak of.
*/}}
{{- define "patchbay.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "patchbay.labels" -}}
app.kubernetes.io/name: patchbay
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* Labels by which a part's pods are found. Call with a list of the root and the part's name. */}}
{{- define "patchbay.selector" -}}
app.kubernetes.io/name: patchbay
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/* What every pod of ours has in common. Call with a list of the root, the part's name and the part's values. */}}
{{- define "patchbay.podMeta" -}}
{{- $root := index . 0 }}{{ $part := index . 1 }}{{ $values := index . 2 -}}
labels:
  {{- include "patchbay.selector" (list $root $part) | nindent 2 }}
  app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
  {{- with $values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with $values.podAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "patchbay.scheduling" -}}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
nodeSelector:
  kubernetes.io/os: linux
  {{- with .nodeSelector }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "patchbay.pullSecrets" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The container of a program that needs no right on its node. */}}
{{- define "patchbay.confined" -}}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  readOnlyRootFilesystem: true
  allowPrivilegeEscalation: false
  capabilities: {drop: [ALL]}
  seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "patchbay.probes" -}}
livenessProbe:
  httpGet: {path: /livez, port: admin}
  periodSeconds: 10
  timeoutSeconds: 3
  failureThreshold: 6
readinessProbe:
  httpGet: {path: /readyz, port: admin}
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 3
{{- end }}

{{- define "patchbay.ownPod" -}}
- name: POD_NAME
  valueFrom: {fieldRef: {fieldPath: metadata.name}}
- name: POD_NAMESPACE
  valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
{{- end }}

{{/* Where a program's serving certificate comes from. Call with a list of the root and the Secret's name. */}}
{{- define "patchbay.certificateArgs" -}}
{{- with (index . 0).Values.certificates -}}
- --ca-lifetime={{ .caLifetime }}
- --certificate-lifetime={{ .lifetime }}
- --certificate-settle={{ .settle }}
- --tls-secret={{ index $ 1 }}
{{- if ne .source "patchbay" }}
- --use-tls-secret
{{- end }}
{{- end }}
{{- end }}

{{/*
The right to read the Secret of a certificate that somebody else keeps. Without such a source it is read as well: after
a change back its certificate is served until all clients know the program's own.
*/}}
{{- define "patchbay.certificateRule" -}}
- apiGroups: [""]
  resources: [secrets]
  resourceNames: [{{ index . 1 }}]
  verbs: [get{{ if ne (index . 0).Values.certificates.source "patchbay" }}, list, watch{{ end }}]
{{- end }}
