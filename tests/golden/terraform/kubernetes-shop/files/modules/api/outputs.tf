output "url" {
  description = "What api reports as url."
  value       = "https://api.shop.example"
}
