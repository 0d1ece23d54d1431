variable "namespace" {
  description = "The namespace of all objects."
  type        = string
}

variable "labels" {
  description = "Labels of every object."
  type        = map(string)
}

variable "secret_name" {
  description = "The Secret that containers read secrets from."
  type        = string
}

variable "service_type" {
  description = "Who reaches the service cache: ClusterIP, NodePort or LoadBalancer."
  type        = string

  validation {
    condition     = contains(["ClusterIP", "NodePort", "LoadBalancer"], var.service_type)
    error_message = "Give ClusterIP, NodePort or LoadBalancer."
  }
}

variable "replicas" {
  description = "How many pods of cache run."
  type        = number

  validation {
    condition     = var.replicas >= 0 && floor(var.replicas) == var.replicas
    error_message = "Give a whole number that is not negative."
  }
}

variable "image" {
  description = "The image of redis."
  type        = string

  validation {
    condition     = length(var.image) > 0
    error_message = "Give an image."
  }
}

variable "requests" {
  description = "What redis asks for."
  type        = map(string)
}

variable "limits" {
  description = "What redis may use at most."
  type        = map(string)
}

variable "data_size" {
  description = "How much storage data of cache asks for."
  type        = string

  validation {
    condition     = can(regex("^[0-9.]+([kMGTPE]i?)?$", var.data_size))
    error_message = "Give a size, such as 8Gi."
  }
}

variable "max_unavailable" {
  description = "How many pods of cache may be away while nodes are drained: a number or a percentage."
  type        = string

  validation {
    condition     = can(regex("^[0-9]+%?$", var.max_unavailable))
    error_message = "Give a number or a percentage."
  }
}

variable "create_image" {
  description = "The image of create."
  type        = string

  validation {
    condition     = length(var.create_image) > 0
    error_message = "Give an image."
  }
}
