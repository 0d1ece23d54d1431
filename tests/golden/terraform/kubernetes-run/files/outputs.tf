output "cache_url" {
  description = "What cache reports as url."
  value       = module.cache.url
  sensitive   = true
}

output "api_url" {
  description = "What api reports as url."
  value       = module.api.url
}
