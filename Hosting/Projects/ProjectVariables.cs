using System.Security.Cryptography;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Run;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Projects;

/// <summary>The environment that a project's process gets: Aspire's variables, then what the model says.</summary>
internal sealed class ProjectVariables(
    DistributedApplicationExecutionContext execution,
    IConfiguration configuration,
    string dataPath,
    string? resourceServiceUrl,
    IReadOnlyList<string> absentServers
)
{
    // A process that is several projects has one name and one set of addresses: these come from the process, not from the projects.
    private static readonly string[] s_ownOfProcess = ["ASPNETCORE_URLS", "OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES"];

    private static readonly string[] s_passedOn =
    [
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "OTEL_EXPORTER_OTLP_HEADERS",
    ];

    public async Task<Dictionary<string, string?>> ForProjectAsync(ProjectResource project, CancellationToken cancellationToken)
    {
        var result = Common(project.Name);
        var urls = project
            .Annotations.OfType<EndpointAnnotation>()
            .Where(e => e.UriScheme is "http" or "https" && e.PortVariable is null)
            .Select(e => e.AllocatedEndpoint!.UriString)
            .ToList();
        // AppHost's own address, if it has one, is nobody else's.
        result["ASPNETCORE_URLS"] = urls.Count == 0 ? null : string.Join(';', urls);
        foreach (var (name, value) in await EnvironmentEvaluator.GetVariablesAsync(project, execution, cancellationToken))
        {
            result[name] = value;
        }

        return result;
    }

    public async Task<Dictionary<string, string?>> ForEmbeddedAsync(
        string name,
        IReadOnlyList<ProjectResource> projects,
        CancellationToken cancellationToken
    )
    {
        var result = Common(name);
        result["ASPNETCORE_URLS"] = null;
        foreach (var project in projects)
        {
            foreach (var (variable, value) in await EnvironmentEvaluator.GetVariablesAsync(project, execution, cancellationToken))
            {
                if (!s_ownOfProcess.Contains(variable))
                {
                    result[variable] = value;
                }
            }
        }

        // Each role binds to the address under which the others find it, so every role's must be there, referred to or not.
        var context = new EnvironmentCallbackContext(execution, projects[0], cancellationToken: cancellationToken);
        foreach (var project in projects)
        {
            ServiceDiscovery.AddEndpoints(context, project, project.Name);
        }

        foreach (var (variable, value) in context.EnvironmentVariables)
        {
            result[variable] = ((EndpointReference)value).Url;
        }

        return result;
    }

    private Dictionary<string, string?> Common(string name)
    {
        var result = new Dictionary<string, string?>
        {
            ["OTEL_SERVICE_NAME"] = name,
            ["OTEL_RESOURCE_ATTRIBUTES"] =
                $"service.instance.id={RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz0123456789", 8)}",
            ["LOGGING__CONSOLE__FORMATTERNAME"] = "simple",
            ["LOGGING__CONSOLE__FORMATTEROPTIONS__SINGLELINE"] = "true",
            ["Slipway__DataPath"] = dataPath,
        };
        foreach (var server in absentServers)
        {
            // A variable of AppHost's own environment must not reach a process that is to do without this server.
            result[$"ConnectionStrings__{server}"] = null;
        }

        if (resourceServiceUrl is not null)
        {
            result["Resources__Url"] = resourceServiceUrl;
        }

        foreach (var variable in s_passedOn)
        {
            if (configuration[variable] is { Length: > 0 } value)
            {
                result[variable] = value;
            }
        }

        return result;
    }
}
