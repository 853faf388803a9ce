using Slipway.EndToEnd.Tests.Running;
using Slipway.Testing;

namespace Slipway.EndToEnd.Tests.Charts;

/// <summary>The chart that AppHost publishes, judged by Helm itself and by the schemas of Kubernetes.</summary>
public class ChartTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Publish_Chart_PassesStrictLint()
    {
        using var folder = await PublishAsync();
        var lint = (await Command.RunAsync(HelmTool.Path, ["lint", "--strict", folder.Path], s_limit)).EnsureSuccess();
        Assert.Contains("1 chart(s) linted, 0 chart(s) failed", lint.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publish_EveryObject_IsValidForItsKind()
    {
        using var folder = await PublishAsync();
        var rendered = (await Command.RunAsync(HelmTool.Path, ["template", "slipway", folder.Path], s_limit)).EnsureSuccess();
        var script = Path.Combine(Repository.Root, "tests/tools/validate-chart.mjs");
        var result = (await Command.RunAsync("node", [script], s_limit, rendered.Output)).EnsureSuccess();
        // Five services with deployment, service and settings; two servers; claims, the databases' script and the secret.
        Assert.Contains("valid   apps/v1 Deployment registry-deployment", result.Output, StringComparison.Ordinal);
        Assert.Contains("valid   apps/v1 StatefulSet postgres-statefulset", result.Output, StringComparison.Ordinal);
        Assert.Contains("valid   v1 Secret slipway-secrets", result.Output, StringComparison.Ordinal);
        Assert.Contains("valid   v1 Service inference-service", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Template_SecretGiven_StandsOnceAndIsEncodedWhereItIsPartOfAUri()
    {
        using var folder = await PublishAsync();
        var rendered = (
            await Command.RunAsync(
                HelmTool.Path,
                ["template", "slipway", folder.Path, "--set", "secrets.rabbitmq_password=p@ss/w:rd"],
                s_limit
            )
        ).EnsureSuccess();
        Assert.Equal(2, rendered.Output.Split("p@ss/w:rd").Length);
        Assert.Contains("rabbitmq-password-uri: \"p%40ss%2Fw%3Ard\"", rendered.Output, StringComparison.Ordinal);
        Assert.Contains("$(RABBITMQ_PASSWORD_URIENCODED)@rabbitmq-service:5672", rendered.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Template_Registry_AsksItsCallersWhoTheyAre()
    {
        using var folder = await PublishAsync();
        var rendered = (
            await Command.RunAsync(
                HelmTool.Path,
                ["template", "slipway", folder.Path, "--set", "secrets.registry_token_training=token-of-training-x"],
                s_limit
            )
        )
            .EnsureSuccess()
            .Output;
        var documents = rendered.Split("\n---\n").Select(document => document + "\n").ToArray();
        string Of(string kind, string name) =>
            documents.Single(d =>
                d.Contains($"kind: {kind}\n", StringComparison.Ordinal) && d.Contains($"  name: {name}\n", StringComparison.Ordinal)
            );
        string Variable(string name, string key) =>
            $"name: {name}\n              valueFrom:\n                secretKeyRef:\n                  name: slipway-secrets\n                  key: {key}\n";

        Assert.Contains("Registry__Access__Mode: \"On\"", Of("ConfigMap", "registry-config"), StringComparison.Ordinal);
        var registry = Of("Deployment", "registry-deployment");
        Assert.Contains(Variable("Registry__Access__AdminPassword", "registry-admin-password"), registry, StringComparison.Ordinal);
        Assert.Contains("registry-token-training: \"token-of-training-x\"", Of("Secret", "slipway-secrets"), StringComparison.Ordinal);
        // One secret, known to the registry and to the service that shows it, and to no other.
        foreach (var service in (string[])["inference", "monitoring", "training", "dashboard"])
        {
            var key = $"registry-token-{service}";
            Assert.Contains(Variable($"Registry__Access__Services__{service}__Token", key), registry, StringComparison.Ordinal);
            Assert.Contains(
                Variable("Slipway__Tokens__registry", key),
                Of("Deployment", $"{service}-deployment"),
                StringComparison.Ordinal
            );
            Assert.Equal(
                2,
                documents.Count(d =>
                    d.Contains("kind: Deployment\n", StringComparison.Ordinal) && d.Contains($"key: {key}\n", StringComparison.Ordinal)
                )
            );
        }
    }

    [Fact]
    public async Task Template_ReplicasAndResources_AreTunable()
    {
        using var folder = await PublishAsync();
        var rendered = (
            await Command.RunAsync(
                HelmTool.Path,
                [
                    "template",
                    "slipway",
                    folder.Path,
                    "--set",
                    "parameters.inference.replicas=3",
                    "--set",
                    "parameters.inference.resources.limits.memory=8Gi",
                    "--show-only",
                    "templates/inference/deployment.yaml",
                ],
                s_limit
            )
        ).EnsureSuccess();
        Assert.Contains("replicas: 3", rendered.Output, StringComparison.Ordinal);
        Assert.Contains("memory: 8Gi", rendered.Output, StringComparison.Ordinal);
    }

    private static async Task<TempFolder> PublishAsync()
    {
        var folder = new TempFolder();
        (
            await Command.RunAsync(
                "dotnet",
                [Repository.Program("AppHost"), "--operation", "publish", "--step", "publish", "--output-path", folder.Path],
                s_limit
            )
        ).EnsureSuccess();
        return folder;
    }
}
