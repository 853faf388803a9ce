using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Kubernetes.Resources;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Kubernetes.Publishing;

/// <summary>
/// Writes the application as a Helm chart with the file names, labels and service names of Aspire's own publisher. On purpose different: each secret
/// stands once, is generated at the first install when no value is given, and is kept by upgrades; replicas, resources and storage are values;
/// databases are created; changed settings start new pods.
/// </summary>
internal sealed partial class HelmPublisher(KubernetesEnvironmentResource environment, PublishingContext context)
{
    private const string Placeholder = "slipway-values";
    private static readonly string[] s_keywords = ["aspire", "kubernetes"];

    public async Task PublishAsync()
    {
        var appHost = context.Services.GetRequiredService<IHostEnvironment>().ApplicationName;
        var chartName = HelmNames.Chart(environment.Chart.ChartName ?? appHost);
        var writer = new ChartWriter(context.OutputPath);
        var objects = new KubernetesObjects(environment, context, chartName);
        var parameters = new SortedDictionary<string, object>(StringComparer.Ordinal);
        // As with Aspire, a program of this machine is not published: no image holds it.
        foreach (var resource in context.Model.Resources.Where(r => r is IComputeResource and not ExecutableResource))
        {
            AddResource(writer, await objects.CreateAsync(resource), parameters);
        }
        foreach (var parameter in context.Model.Resources.OfType<ParameterResource>().Where(p => !p.Secret))
        {
            parameters[HelmNames.Key(parameter.Name)] = parameter.Default is null ? "" : parameter.Value;
        }

        var secrets = objects.Secrets.Values.ToList();
        writer.Add("Chart.yaml", ChartWriter.Mark + ChartYaml(chartName));
        writer.Add("values.yaml", ValuesYaml(parameters, secrets));
        writer.Add("values.schema.json", HelmSchema.Write(parameters, secrets));
        if (secrets.Count > 0)
        {
            writer.Add("templates/secrets.yaml", SecretsTemplate(chartName, secrets));
        }
        writer.Add("templates/NOTES.txt", Notes(context.Model.Resources));
        await writer.SaveAsync(context.CancellationToken);
    }

    private void AddResource(ChartWriter writer, KubernetesResource resource, SortedDictionary<string, object> parameters)
    {
        var name = resource.Name.ToLowerInvariant();
        var key = HelmNames.Key(resource.Name);
        var values = new SortedDictionary<string, object>(StringComparer.Ordinal) { [$"{key}_image"] = Image(resource.Source) };
        parameters[key] = values;
        if (resource.Workload is { } workload)
        {
            var container = workload.PodTemplate.Spec.Containers[0];
            values["resources"] = container.Resources ?? Requirements(resource.Source);
            // Numbers and maps from values cannot be strings, which is all that the typed objects hold: they are put in as text.
            container.Resources = new ResourceRequirementsV1 { Requests = { [Placeholder] = Placeholder } };
            var file = workload is StatefulSet ? "statefulset.yaml" : "deployment.yaml";
            if (workload is Deployment deployment)
            {
                values["replicas"] = deployment.Spec.Replicas ?? Replicas(resource.Source);
                deployment.Spec.Replicas = null;
            }
            if (workload is StatefulSet { Spec.VolumeClaimTemplates.Count: > 0 })
            {
                values["storage"] = environment.DefaultStorageSize;
            }
            writer.Add($"templates/{name}/{file}", WorkloadText(workload, key));
        }
        if (resource.Service is { } service)
        {
            writer.AddObject($"templates/{name}/service.yaml", service);
        }
        if (resource.ConfigMap is { } config)
        {
            writer.AddObject($"templates/{name}/config.yaml", config);
        }
        if (resource.Secret is { } secret)
        {
            writer.AddObject($"templates/{name}/secrets.yaml", secret);
        }
        foreach (var additional in resource.AdditionalResources)
        {
            additional.Metadata.Labels = Merge(KubernetesObjects.Labels(name), additional.Metadata.Labels);
            writer.AddObject($"templates/{name}/{FileName(additional, name)}.yaml", additional);
        }
    }

    private static string WorkloadText(Workload workload, string key)
    {
        var text = ResourcesPlaceholder()
            .Replace(
                "---\n" + HelmYaml.Write(workload),
                match =>
                {
                    var indent = match.Groups[1].Length;
                    var depth = (indent + 2).ToString(CultureInfo.InvariantCulture);
                    return $"{new string(' ', indent)}resources: {{{{- toYaml .Values.parameters.{key}.resources | nindent {depth} }}}}\n";
                }
            );
        return workload is Deployment
            ? text.Replace("\nspec:\n", $"\nspec:\n  replicas: {{{{ .Values.parameters.{key}.replicas }}}}\n", StringComparison.Ordinal)
            : text;
    }

    [GeneratedRegex(@"^( *)resources:\n *requests:\n *slipway-values: slipway-values\n", RegexOptions.Multiline)]
    private static partial Regex ResourcesPlaceholder();

    private static Dictionary<string, string> Merge(Dictionary<string, string> defaults, Dictionary<string, string> own)
    {
        foreach (var (key, value) in own)
        {
            defaults[key] = value;
        }
        return defaults;
    }

    private static string FileName(BaseKubernetesResource resource, string resourceName)
    {
        var name = resource.Metadata.Name ?? "";
        var shortName = name.StartsWith(resourceName + "-", StringComparison.Ordinal) ? name[(resourceName.Length + 1)..] : name;
        return shortName.Length == 0 ? resource.GetType().Name.ToLowerInvariant() : shortName;
    }

    private static string Image(IResource resource) =>
        resource.Annotations.OfType<ContainerImageAnnotation>().LastOrDefault()?.Reference ?? $"{resource.Name.ToLowerInvariant()}:latest";

    private static int Replicas(IResource resource) => resource.Annotations.OfType<ReplicaAnnotation>().LastOrDefault()?.Replicas ?? 1;

    private static ResourceRequirementsV1 Requirements(IResource resource) =>
        new()
        {
            Requests = { ["cpu"] = "100m", ["memory"] = "256Mi" },
            // No CPU limit: it throttles a process that the node has room for.
            Limits = { ["memory"] = resource is ContainerResource ? "2Gi" : "1Gi" },
        };

    private string ChartYaml(string name) =>
        HelmYaml.Write(
            new Dictionary<string, object>
            {
                ["apiVersion"] = "v2",
                ["name"] = name,
                ["version"] = environment.Chart.ChartVersion,
                ["kubeVersion"] = ">= 1.27.0-0",
                ["description"] = environment.Chart.ChartDescription,
                ["type"] = "application",
                ["keywords"] = s_keywords,
                ["appVersion"] = environment.Chart.ChartVersion,
            }
        );

    private static string ValuesYaml(SortedDictionary<string, object> parameters, List<SecretReference> secrets)
    {
        var text = new StringBuilder();
        text.Append("# Images, replicas, resources and storage, by resource.\n");
        text.Append(HelmYaml.Write(new Dictionary<string, object> { ["parameters"] = parameters }));
        if (secrets.Count == 0)
        {
            return text.Append("secrets: {}\n").ToString();
        }
        text.Append(
            "# Left empty, a secret is generated at the first install and kept by upgrades. Where charts are rendered without the cluster\n"
        );
        text.Append("# (helm template, GitOps) give each a value, since nothing can be kept there.\n");
        text.Append("secrets:\n");
        foreach (var name in secrets.Select(s => HelmNames.Key(s.Parameter)).Distinct(StringComparer.Ordinal))
        {
            text.Append("  ").Append(name).Append(": \"\"\n");
        }
        return text.ToString();
    }

    private static string SecretsTemplate(string chartName, List<SecretReference> secrets)
    {
        var text = new StringBuilder();
        text.Append($"{{{{- $kept := (lookup \"v1\" \"Secret\" .Release.Namespace \"{chartName}-secrets\").data | default dict }}}}\n");
        foreach (var parameter in secrets.Select(s => s.Parameter).Distinct(StringComparer.Ordinal))
        {
            var key = HelmNames.Key(parameter);
            text.Append(
                $"{{{{- $secret_{key} := .Values.secrets.{key} | default (index $kept \"{parameter.ToLowerInvariant()}\" | default \"\" | b64dec) | default (randAlphaNum 24) }}}}\n"
            );
        }
        text.Append("---\napiVersion: v1\nkind: Secret\nmetadata:\n");
        text.Append($"  name: {chartName}-secrets\n  labels:\n");
        foreach (var (label, value) in KubernetesObjects.Labels("secrets"))
        {
            text.Append($"    {label}: \"{value}\"\n");
        }
        text.Append("type: Opaque\nstringData:\n");
        foreach (var secret in secrets)
        {
            var value = $"$secret_{HelmNames.Key(secret.Parameter)}";
            // urlquery writes a space as "+", which only a query may.
            var expression = secret.UriEncoded ? $"{value} | urlquery | replace \"+\" \"%20\" | quote" : $"{value} | quote";
            text.Append($"  {secret.Key}: {{{{ {expression} }}}}\n");
        }
        return text.ToString();
    }

    private static string Notes(IEnumerable<IResource> resources)
    {
        var text = new StringBuilder("{{ .Chart.Name }} is installed as {{ .Release.Name }} in {{ .Release.Namespace }}.\n\n");
        foreach (var resource in resources.OfType<ProjectResource>())
        {
            foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>().Where(e => e.IsExternal && e.UriScheme == "http"))
            {
                var port = HelmNames.ServicePort(endpoint);
                text.Append(
                    $"{resource.Name} {endpoint.Name}: kubectl -n {{{{ .Release.Namespace }}}} port-forward service/{HelmNames.Service(resource)} {port}:{port}\n"
                );
            }
        }
        return text.ToString();
    }
}
