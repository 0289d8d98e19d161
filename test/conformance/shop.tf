# Every kind of App Mesh resource, a route of each protocol and a gateway route of each a gateway speaks, as a user has them.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "endpoint" { type = string }
variable "mesh" { type = string }
variable "weight" { default = 10 }
variable "team" { default = "a" }
variable "target" { default = "http-b" }

# The profile (AWS_PROFILE) has the region and `credential_process = weir credentials ...`.
provider "aws" {
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  endpoints { appmesh = var.endpoint }
  default_tags { tags = { team = var.team } }
}

locals {
  ports = { http = 8000, http2 = 8001, grpc = 8002, tcp = 8003 }
}

resource "aws_appmesh_mesh" "shop" {
  name = var.mesh
  spec {
    egress_filter { type = "ALLOW_ALL" }
  }
}

resource "aws_appmesh_virtual_node" "a" {
  for_each  = local.ports
  name      = "${each.key}-a"
  mesh_name = aws_appmesh_mesh.shop.name
  spec {
    listener {
      port_mapping {
        port     = each.value
        protocol = each.key
      }
      health_check {
        protocol            = each.key
        path                = contains(["http", "http2"], each.key) ? "/ping" : null
        healthy_threshold   = 2
        unhealthy_threshold = 3
        interval_millis     = 5000
        timeout_millis      = 2000
      }
    }
    service_discovery {
      dns { hostname = "${each.key}.shop.local" }
    }
    logging {
      access_log {
        file { path = "/dev/stdout" }
      }
    }
  }
}

resource "aws_appmesh_virtual_node" "b" {
  name      = "http-b"
  mesh_name = aws_appmesh_mesh.shop.name
  spec {
    backend {
      virtual_service { virtual_service_name = "grpc.shop.local/a b%c" }
    }
    listener {
      port_mapping {
        port     = 8000
        protocol = "http"
      }
      connection_pool {
        http { max_connections = 10 }
      }
    }
    service_discovery {
      dns { hostname = "b.shop.local" }
    }
  }
}

resource "aws_appmesh_virtual_router" "by" {
  for_each  = local.ports
  name      = "${each.key} router"
  mesh_name = aws_appmesh_mesh.shop.name
  spec {
    listener {
      port_mapping {
        port     = each.value
        protocol = each.key
      }
    }
  }
}

resource "aws_appmesh_route" "http" {
  name                = "http/route"
  mesh_name           = aws_appmesh_mesh.shop.name
  virtual_router_name = aws_appmesh_virtual_router.by["http"].name
  depends_on          = [aws_appmesh_virtual_node.b]
  spec {
    priority = 7
    http_route {
      match {
        prefix = "/"
        method = "GET"
        header {
          name = "x-team"
          match { prefix = "a" }
        }
      }
      action {
        weighted_target {
          virtual_node = aws_appmesh_virtual_node.a["http"].name
          weight       = 100 - var.weight
        }
        weighted_target {
          virtual_node = var.target
          weight       = var.weight
        }
      }
      retry_policy {
        http_retry_events = ["server-error"]
        max_retries       = 2
        per_retry_timeout {
          unit  = "ms"
          value = 250
        }
      }
      timeout {
        per_request {
          unit  = "s"
          value = 15
        }
      }
    }
  }
}

resource "aws_appmesh_route" "http2" {
  name                = "http2/route"
  mesh_name           = aws_appmesh_mesh.shop.name
  virtual_router_name = aws_appmesh_virtual_router.by["http2"].name
  spec {
    http2_route {
      match {
        path { exact = "/orders" }
      }
      action {
        weighted_target {
          virtual_node = aws_appmesh_virtual_node.a["http2"].name
          weight       = var.weight
        }
      }
    }
  }
}

resource "aws_appmesh_route" "grpc" {
  name                = "grpc/route"
  mesh_name           = aws_appmesh_mesh.shop.name
  virtual_router_name = aws_appmesh_virtual_router.by["grpc"].name
  spec {
    grpc_route {
      match {
        service_name = "shop.Orders"
        method_name  = "Place"
      }
      action {
        weighted_target {
          virtual_node = aws_appmesh_virtual_node.a["grpc"].name
          weight       = var.weight
        }
      }
    }
  }
}

resource "aws_appmesh_route" "tcp" {
  name                = "tcp/route"
  mesh_name           = aws_appmesh_mesh.shop.name
  virtual_router_name = aws_appmesh_virtual_router.by["tcp"].name
  spec {
    tcp_route {
      action {
        weighted_target {
          virtual_node = aws_appmesh_virtual_node.a["tcp"].name
          weight       = var.weight
        }
      }
    }
  }
}

resource "aws_appmesh_virtual_service" "of" {
  for_each  = local.ports
  name      = "${each.key}.shop.local/a b%c"
  mesh_name = aws_appmesh_mesh.shop.name
  spec {
    provider {
      virtual_router { virtual_router_name = aws_appmesh_virtual_router.by[each.key].name }
    }
  }
}

resource "aws_appmesh_virtual_gateway" "gw" {
  for_each  = toset(["http", "http2", "grpc"])
  name      = "gw-${each.key}"
  mesh_name = aws_appmesh_mesh.shop.name
  spec {
    listener {
      port_mapping {
        port     = 9080
        protocol = each.key
      }
    }
  }
}

resource "aws_appmesh_gateway_route" "http" {
  name                 = "in"
  mesh_name            = aws_appmesh_mesh.shop.name
  virtual_gateway_name = aws_appmesh_virtual_gateway.gw["http"].name
  spec {
    http_route {
      match { prefix = "/" }
      action {
        target {
          virtual_service { virtual_service_name = aws_appmesh_virtual_service.of["http"].name }
        }
      }
    }
  }
}

resource "aws_appmesh_gateway_route" "http2" {
  name                 = "in"
  mesh_name            = aws_appmesh_mesh.shop.name
  virtual_gateway_name = aws_appmesh_virtual_gateway.gw["http2"].name
  spec {
    http2_route {
      match { prefix = "/" }
      action {
        target {
          virtual_service { virtual_service_name = aws_appmesh_virtual_service.of["http2"].name }
        }
      }
    }
  }
}

resource "aws_appmesh_gateway_route" "grpc" {
  name                 = "in"
  mesh_name            = aws_appmesh_mesh.shop.name
  virtual_gateway_name = aws_appmesh_virtual_gateway.gw["grpc"].name
  spec {
    grpc_route {
      match { service_name = "shop.Orders" }
      action {
        target {
          virtual_service { virtual_service_name = aws_appmesh_virtual_service.of["grpc"].name }
        }
      }
    }
  }
}
