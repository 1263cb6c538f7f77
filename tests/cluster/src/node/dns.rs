//! The cluster's name service: CoreDNS is a process of the node; the Service that pods ask leads to it.

use super::plan::Plan;

/// What CoreDNS may read, and the Service with its one endpoint.
pub(super) fn manifests(plan: &Plan) -> String {
    let (service, node) = (plan.addresses.dns_service(), plan.addresses.node());
    format!(
        "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: system:coredns}}
rules:
  - {{apiGroups: [''], resources: [services, pods, namespaces], verbs: [list, watch]}}
  - {{apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [list, watch]}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {{name: system:coredns}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: system:coredns}}
subjects:
  - {{apiGroup: rbac.authorization.k8s.io, kind: User, name: {USER}}}
---
apiVersion: v1
kind: Service
metadata:
  name: kube-dns
  namespace: kube-system
  labels: {{k8s-app: kube-dns, kubernetes.io/name: CoreDNS}}
spec:
  clusterIP: {service}
  ports:
    - {{name: dns, port: 53, protocol: UDP}}
    - {{name: dns-tcp, port: 53, protocol: TCP}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: kube-dns-node
  namespace: kube-system
  labels: {{kubernetes.io/service-name: kube-dns}}
addressType: IPv4
endpoints:
  - {{addresses: [{node}], conditions: {{ready: true}}}}
ports:
  - {{name: dns, port: 53, protocol: UDP}}
  - {{name: dns-tcp, port: 53, protocol: TCP}}
"
    )
}

/// The user that CoreDNS is.
pub(super) const USER: &str = "system:coredns";

#[cfg(test)]
mod tests {
    use super::{super::plan::example, *};

    #[test]
    fn the_service_has_the_address_that_kubelet_tells_pods() {
        let text = manifests(&example());
        assert!(text.contains("clusterIP: 10.96.3.10\n"));
        assert!(text.contains("addresses: [10.243.3.2]"));
    }
}
