variable "name" {
  description = "What the names of containers and volumes begin with."
  type        = string
}

variable "network" {
  description = "The network that the containers join."
  type        = string
}

variable "labels" {
  description = "Labels of every object."
  type        = map(string)
}

variable "image" {
  description = "The image of migrate."
  type        = string
}

variable "environment" {
  description = "Environment of migrate. No secrets: these are files."
  type        = map(string)
}
