using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Kubernetes.Resources;

namespace Aspire.Hosting.Kubernetes.Publishing;

/// <summary>Makes the objects of one resource: controller, service, settings. Stateless; what is tunable is left to values.yaml.</summary>
internal sealed class KubernetesObjects(KubernetesEnvironmentResource environment, PublishingContext context, string chartName)
{
    private const string InitFolder = "/docker-entrypoint-initdb.d";
    private readonly string _secretName = $"{chartName}-secrets";

    /// <summary>The secrets that any resource has asked for so far.</summary>
    public SortedDictionary<string, SecretReference> Secrets { get; } = new(StringComparer.Ordinal);

    /// <summary>The objects of <paramref name="resource"/>.</summary>
    public async Task<KubernetesResource> CreateAsync(IResource resource)
    {
        HelmNames.Check(resource);
        var result = new KubernetesResource(resource.Name, resource, environment);
        var name = resource.Name.ToLowerInvariant();
        var endpoints = resource.Annotations.OfType<EndpointAnnotation>().ToList();
        var container = new ContainerV1
        {
            Name = name,
            Image = $"{{{{ .Values.parameters.{HelmNames.Key(resource.Name)}.{HelmNames.Key(resource.Name)}_image }}}}",
            ImagePullPolicy = environment.DefaultImagePullPolicy,
        };
        foreach (var endpoint in endpoints)
        {
            container.Ports.Add(
                new ContainerPortV1
                {
                    Name = HelmNames.Port(endpoint),
                    Protocol = Protocol(endpoint),
                    ContainerPort = HelmNames.ContainerPort(endpoint),
                }
            );
        }
        await AddEnvironmentAsync(resource, endpoints, container, result);
        AddProbes(resource, container, endpoints);
        if (endpoints.Count > 0)
        {
            result.Service = CreateService(name, endpoints);
        }
        result.Workload =
            resource is ContainerResource ? CreateStatefulSet(resource, container, result) : CreateDeployment(name, container, result);
        foreach (var annotation in resource.Annotations.OfType<KubernetesServiceAnnotation>())
        {
            annotation.Configure(result);
        }
        return result;
    }

    /// <summary>The labels that every object carries, as Aspire's charts do.</summary>
    public static Dictionary<string, string> Labels(string component) =>
        new()
        {
            ["app.kubernetes.io/name"] = "{{ .Chart.Name }}",
            ["app.kubernetes.io/component"] = component,
            ["app.kubernetes.io/instance"] = "{{ .Release.Name }}",
        };

    private async Task AddEnvironmentAsync(
        IResource resource,
        List<EndpointAnnotation> endpoints,
        ContainerV1 container,
        KubernetesResource result
    )
    {
        var variables = new EnvironmentCallbackContext(context.ExecutionContext, resource, cancellationToken: context.CancellationToken);
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await annotation.Callback(variables);
        }
        if (resource is ProjectResource && endpoints.Count > 0)
        {
            variables.EnvironmentVariables["HTTP_PORTS"] = string.Join(
                ';',
                endpoints.Where(e => e.UriScheme == "http").Select(e => HelmNames.ContainerPort(e)).Distinct()
            );
            variables.EnvironmentVariables["ASPNETCORE_FORWARDEDHEADERS_ENABLED"] = "true";
        }

        var config = new ConfigMap { Metadata = Meta(resource.Name.ToLowerInvariant(), "config") };
        var expanded = new List<EnvVarV1>();
        var secrets = new SortedDictionary<string, SecretReference>(StringComparer.Ordinal);
        foreach (var (name, value) in variables.EnvironmentVariables.OrderBy(v => v.Key, StringComparer.Ordinal))
        {
            var text = HelmValue.From(value);
            foreach (var secret in text.Secrets)
            {
                secrets[secret.Variable] = secret;
                Secrets[secret.Key] = secret;
            }
            if (text.Secrets.Count == 0)
            {
                config.Data[name] = text.Text;
            }
            else if (text.WholeSecret is { } whole)
            {
                secrets[name] = whole;
            }
            else
            {
                expanded.Add(new EnvVarV1 { Name = name, Value = text.Text });
            }
        }
        // First the secrets, then what is expanded from them: Kubernetes resolves in this order.
        foreach (var (name, secret) in secrets)
        {
            container.Env.Add(
                new EnvVarV1
                {
                    Name = name,
                    ValueFrom = new EnvVarSourceV1
                    {
                        SecretKeyRef = new SecretKeySelectorV1 { Name = _secretName, Key = secret.Key },
                    },
                }
            );
        }
        container.Env.AddRange(expanded);
        if (config.Data.Count > 0)
        {
            result.ConfigMap = config;
            container.EnvFrom.Add(new EnvFromSourceV1 { ConfigMapRef = new ConfigMapEnvSourceV1 { Name = config.Metadata.Name } });
        }
    }

    private static void AddProbes(IResource resource, ContainerV1 container, List<EndpointAnnotation> endpoints)
    {
#pragma warning disable ASPIREPROBES001 // Our own types carry Aspire's experimental mark, so that AppHost needs the same pragma on both.
        foreach (var probe in resource.Annotations.OfType<EndpointProbeAnnotation>())
        {
            var target = new ProbeV1
            {
                HttpGet = new HttpGetActionV1
                {
                    Path = probe.Path,
                    Port = HelmNames.Port(probe.EndpointReference.EndpointAnnotation),
                    // The API server takes capitals only.
                    Scheme = probe.EndpointReference.Scheme.ToUpperInvariant(),
                },
                InitialDelaySeconds = probe.InitialDelaySeconds,
                PeriodSeconds = probe.PeriodSeconds,
                TimeoutSeconds = probe.TimeoutSeconds,
                FailureThreshold = probe.FailureThreshold,
                SuccessThreshold = probe.SuccessThreshold,
            };
            switch (probe.Type)
            {
                case ProbeType.Startup:
                    container.StartupProbe = target;
                    break;
                case ProbeType.Readiness:
                    container.ReadinessProbe = target;
                    break;
                default:
                    container.LivenessProbe = target;
                    break;
            }
        }
#pragma warning restore ASPIREPROBES001
        if (resource is ContainerResource && endpoints.Count > 0)
        {
            container.ReadinessProbe ??= new ProbeV1
            {
                TcpSocket = new TcpSocketActionV1 { Port = HelmNames.Port(endpoints[0]) },
                PeriodSeconds = 5,
                FailureThreshold = 6,
            };
        }
    }

    private Service CreateService(string name, List<EndpointAnnotation> endpoints)
    {
        var service = new Service { Metadata = Meta(name, "service") };
        service.Spec.Type = environment.DefaultServiceType;
        service.Spec.Selector = Labels(name);
        foreach (var endpoint in endpoints)
        {
            service.Spec.Ports.Add(
                new ServicePortV1
                {
                    Name = HelmNames.Port(endpoint),
                    Protocol = Protocol(endpoint),
                    Port = HelmNames.ServicePort(endpoint),
                    TargetPort = HelmNames.Port(endpoint),
                }
            );
        }
        return service;
    }

    private static Deployment CreateDeployment(string name, ContainerV1 container, KubernetesResource result)
    {
        var deployment = new Deployment { Metadata = Meta(name, "deployment") };
        deployment.Spec.Selector = new LabelSelectorV1(Labels(name));
        deployment.Spec.RevisionHistoryLimit = 3;
        deployment.Spec.Strategy = new DeploymentStrategyV1
        {
            Type = "RollingUpdate",
            RollingUpdate = new RollingUpdateDeploymentV1 { MaxSurge = 1, MaxUnavailable = 0 },
        };
        FillPod(deployment.PodTemplate, name, container, result);
        // Our images run as the numbered user that .NET's images define (APP_UID).
        deployment.PodTemplate.Spec.SecurityContext = new PodSecurityContextV1
        {
            RunAsNonRoot = true,
            RunAsUser = 1654,
            FsGroup = 1654,
            FsGroupChangePolicy = "OnRootMismatch",
            SeccompProfile = new SeccompProfileV1 { Type = "RuntimeDefault" },
        };
        container.SecurityContext = new SecurityContextV1
        {
            AllowPrivilegeEscalation = false,
            Capabilities = new CapabilitiesV1 { Drop = { "ALL" } },
        };
        return deployment;
    }

    private StatefulSet CreateStatefulSet(IResource resource, ContainerV1 container, KubernetesResource result)
    {
        var name = resource.Name.ToLowerInvariant();
        var set = new StatefulSet { Metadata = Meta(name, "statefulset") };
        set.Spec.ServiceName = HelmNames.Service(resource);
        set.Spec.Replicas = 1;
        set.Spec.Selector = new LabelSelectorV1(Labels(name));
        FillPod(set.PodTemplate, name, container, result);
        foreach (var mount in resource.Annotations.OfType<ContainerMountAnnotation>())
        {
            if (mount.Type != ContainerMountType.Volume)
            {
                throw new DistributedApplicationException(
                    $"Resource '{resource.Name}' mounts the folder '{mount.Source}' of this machine: a cluster has no such folder. Use a volume."
                );
            }
            var volume = (mount.Source ?? $"{name}-data").ToLowerInvariant();
            container.VolumeMounts.Add(
                new VolumeMountV1
                {
                    Name = volume,
                    MountPath = mount.Target,
                    ReadOnly = mount.IsReadOnly ? true : null,
                }
            );
            var claim = new PersistentVolumeClaim
            {
                Metadata = new ObjectMetaV1 { Name = volume, Labels = Labels(name) },
            };
            claim.Spec.AccessModes.Add("ReadWriteOnce");
            claim.Spec.StorageClassName = environment.DefaultStorageClassName;
            claim.Spec.Resources.Requests["storage"] = $"{{{{ .Values.parameters.{HelmNames.Key(resource.Name)}.storage }}}}";
            set.Spec.VolumeClaimTemplates.Add(claim);
        }
        if (resource is PostgresServerResource postgres && postgres.Databases.Count > 0)
        {
            AddDatabases(postgres, set, container, result);
        }
        return set;
    }

    // The image creates its databases from scripts when its volume is new.
    private static void AddDatabases(PostgresServerResource postgres, StatefulSet set, ContainerV1 container, KubernetesResource result)
    {
        var name = postgres.Name.ToLowerInvariant();
        var script = new ConfigMap { Metadata = Meta(name, "databases") };
        script.Data["databases.sql"] = string.Concat(
            postgres.Databases.Values.Select(database =>
                $"CREATE DATABASE \"{database.Replace("\"", "\"\"", StringComparison.Ordinal)}\";\n"
            )
        );
        result.AdditionalResources.Add(script);
        set.PodTemplate.Spec.Volumes.Add(
            new VolumeV1
            {
                Name = "databases",
                ConfigMap = new ConfigMapVolumeSourceV1 { Name = script.Metadata.Name },
            }
        );
        container.VolumeMounts.Add(
            new VolumeMountV1
            {
                Name = "databases",
                MountPath = InitFolder,
                ReadOnly = true,
            }
        );
    }

    private static void FillPod(PodTemplateSpecV1 pod, string name, ContainerV1 container, KubernetesResource result)
    {
        pod.Metadata.Labels = Labels(name);
        // Changed settings start new pods; Kubernetes itself does not look at them.
        pod.Metadata.Annotations["checksum/secrets"] = "{{ .Values.secrets | toJson | sha256sum }}";
        if (result.ConfigMap is not null)
        {
            pod.Metadata.Annotations["checksum/config"] =
                $"{{{{ include (print $.Template.BasePath `/{name}/config.yaml`) . | sha256sum }}}}";
        }
        pod.Spec.AutomountServiceAccountToken = false;
        pod.Spec.TerminationGracePeriodSeconds = 30;
        pod.Spec.Containers.Add(container);
    }

    private static string Protocol(EndpointAnnotation endpoint) => endpoint.Protocol == ProtocolType.Udp ? "UDP" : "TCP";

    private static ObjectMetaV1 Meta(string name, string suffix) => new() { Name = $"{name}-{suffix}", Labels = Labels(name) };
}
