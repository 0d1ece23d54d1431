{{/*
Labels that every object carries. Takes `release`, and for what belongs to a workload `component` and `workload`.
*/}}
{{- define "staging.labels" -}}
team: shop
app.kubernetes.io/instance: staging
app.kubernetes.io/part-of: shop
app.kubernetes.io/managed-by: {{ .release.Service }}
driftless.dev/owner: shop.staging
{{- with .workload }}
app.kubernetes.io/name: {{ . }}
{{- end }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
driftless.dev/component: {{ . }}
{{- end }}
{{- end }}

{{/*
Labels that find the pods of the workload that is given. They never change.
*/}}
{{- define "staging.selectorLabels" -}}
app.kubernetes.io/name: {{ . }}
app.kubernetes.io/instance: staging
{{- end }}

{{/*
An image reference of its `repository`, `tag` and `digest`.
*/}}
{{- define "staging.image" -}}
{{- .repository }}
{{- with .tag }}:{{ . }}{{ end }}
{{- with .digest }}@{{ . }}{{ end }}
{{- end }}
