output "api_url" {
  description = "What api reports as url."
  value       = module.api.url
}
