using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Kubernetes.Resources;
using Slipway.Testing;

namespace Slipway.Hosting.Tests.Kubernetes;

public sealed class HelmPublisherTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly IDistributedApplicationBuilder _builder;

    public HelmPublisherTests()
    {
        _builder = DistributedApplication.CreateBuilder(
            new DistributedApplicationOptions
            {
                Args = ["--operation", "publish", "--output-path", _folder.Combine("chart")],
                ProjectDirectory = _folder.Path,
            }
        );
        _builder.AddKubernetesEnvironment("k8s").WithHelm(chart => chart.WithChartName("demo")).WithDashboard(false);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Publish_NameWithCapitals_IsLowerInTheClusterAndKeptInValues()
    {
        _builder.AddProject("Web-Site", "x.csproj").WithHttpEndpoint(port: 80);
        await PublishAsync();
        Assert.Contains("\n  name: web-site-service\n", Read("templates/web-site/service.yaml"), StringComparison.Ordinal);
        Assert.Contains("Web_Site_image: web-site:latest\n", Read("values.yaml"), StringComparison.Ordinal);
        Assert.Contains(".Values.parameters.Web_Site.Web_Site_image", Read("templates/web-site/deployment.yaml"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publish_ProjectWithoutEndpoints_HasNoService()
    {
        _builder.AddProject("worker", "x.csproj");
        await PublishAsync();
        Assert.Equal(["config.yaml", "deployment.yaml"], Files("templates/worker"));
        Assert.DoesNotContain("HTTP_PORTS", Read("templates/worker/config.yaml"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publish_Executable_IsNotInTheChart()
    {
        _builder.AddExecutable("tool", "true", ".");
        await PublishAsync();
        Assert.False(Directory.Exists(_folder.Combine("chart", "templates", "tool")));
    }

    [Fact]
    public async Task Publish_NoSecret_NeedsNoSecretsFile()
    {
        _builder.AddProject("web", "x.csproj");
        await PublishAsync();
        Assert.Contains("secrets: {}\n", Read("values.yaml"), StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.Combine("chart", "templates", "secrets.yaml")));
    }

    [Fact]
    public async Task Publish_Customised_WritesWhatTheCallbackMade()
    {
        _builder
            .AddProject("web", "x.csproj")
            .WithHttpEndpoint(port: 80)
            .PublishAsKubernetesService(service =>
            {
                ((Deployment)service.Workload!).Spec.Replicas = 3;
                service.Workload!.PodTemplate.Spec.Containers[0].Resources = new ResourceRequirementsV1 { Limits = { ["memory"] = "7Gi" } };
                service.Service!.Spec.Type = "NodePort";
                service.ConfigMap!.Data["NUMBER"] = "1_000";
                service.AdditionalResources.Add(new ConfigMap { Metadata = { Name = "web-extra" }, Data = { ["a"] = "b" } });
            });

        await PublishAsync();

        var values = Read("values.yaml");
        Assert.Contains("replicas: 3\n", values, StringComparison.Ordinal);
        Assert.Contains("memory: \"7Gi\"\n", values, StringComparison.Ordinal);
        Assert.DoesNotContain("cpu", values, StringComparison.Ordinal);
        Assert.Contains("type: NodePort\n", Read("templates/web/service.yaml"), StringComparison.Ordinal);
        Assert.Contains("NUMBER: \"1_000\"\n", Read("templates/web/config.yaml"), StringComparison.Ordinal);
        Assert.Contains("app.kubernetes.io/component: web\n", Read("templates/web/extra.yaml"), StringComparison.Ordinal);
        var deployment = Read("templates/web/deployment.yaml");
        Assert.Contains("  replicas: {{ .Values.parameters.web.replicas }}\n", deployment, StringComparison.Ordinal);
        Assert.Contains(
            "          resources: {{- toYaml .Values.parameters.web.resources | nindent 12 }}\n",
            deployment,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Publish_VariablesWithAndWithoutSecrets_GoWhereTheyBelong()
    {
        var key = _builder.AddParameter("api-key", secret: true);
        _builder
            .AddProject("web", "x.csproj")
            .WithEnvironment("PLAIN", "$(HOME)")
            .WithEnvironment("WHOLE", key)
            .WithEnvironment("PART", ReferenceExpression.Create($"key={key}"));
        await PublishAsync();

        Assert.Contains("PLAIN: $(HOME)\n", Read("templates/web/config.yaml"), StringComparison.Ordinal);
        var deployment = Read("templates/web/deployment.yaml");
        // What is expanded comes after what it is expanded from.
        string[] order = ["- name: API_KEY\n", "- name: WHOLE\n", "- name: PART\n", "value: key=$(API_KEY)\n"];
        var positions = order.Select(text => deployment.IndexOf(text, StringComparison.Ordinal)).ToList();
        Assert.DoesNotContain(-1, positions);
        Assert.Equal(positions.Order(), positions);
        Assert.Contains("  api_key: \"\"\n", Read("values.yaml"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publish_FolderOfThisMachine_IsRefusedAndNothingWritten()
    {
        var postgres = _builder.AddPostgres("postgres");
        postgres.WithAnnotation(new ContainerMountAnnotation("/srv/data", "/data", ContainerMountType.BindMount, isReadOnly: false));
        var error = await PublishAndFailAsync();
        Assert.Contains("'postgres' mounts the folder '/srv/data'", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.Combine("chart")));
    }

    [Fact]
    public async Task Publish_TooLongAName_IsRefused()
    {
        _builder.AddProject(new string('a', 60), "x.csproj");
        Assert.Contains("too long for a service", await PublishAndFailAsync(), StringComparison.Ordinal);
    }

    private string Read(string file) => File.ReadAllText(_folder.Combine("chart", file));

    private IEnumerable<string?> Files(string folder) =>
        Directory.EnumerateFiles(_folder.Combine("chart", folder)).Select(Path.GetFileName).Order();

    private async Task PublishAsync()
    {
        await using var app = _builder.Build();
        await app.PublishAsync(CancellationToken.None);
    }

    private async Task<string> PublishAndFailAsync() => (await Assert.ThrowsAsync<DistributedApplicationException>(PublishAsync)).Message;
}
