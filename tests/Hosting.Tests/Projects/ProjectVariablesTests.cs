using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Projects;
using Microsoft.Extensions.Configuration;
using Slipway.Hosting.Tests.Fixtures;

namespace Slipway.Hosting.Tests.Projects;

public class ProjectVariablesTests
{
    private readonly IDistributedApplicationBuilder _builder = Models.Builder();
    private readonly ProjectVariables _variables;

    public ProjectVariablesTests()
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4317")])
            .Build();
        _variables = new ProjectVariables(
            new(DistributedApplicationOperation.Run),
            configuration,
            "/data",
            "http://localhost:9",
            ["rabbitmq"]
        );
    }

    [Fact]
    public async Task ForProjectAsync_Project_HasAspiresVariables()
    {
        var web = Add("web", 81, metricsPort: 82);

        var variables = await _variables.ForProjectAsync(web.Resource, CancellationToken.None);

        Assert.Equal("http://localhost:81;http://localhost:82", variables["ASPNETCORE_URLS"]);
        Assert.Equal("web", variables["OTEL_SERVICE_NAME"]);
        Assert.Matches("^service.instance.id=[a-z0-9]{8}$", variables["OTEL_RESOURCE_ATTRIBUTES"]);
        Assert.Equal("in_memory", variables["OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"]);
        Assert.Equal("http://localhost:4317", variables["OTEL_EXPORTER_OTLP_ENDPOINT"]);
        Assert.Equal("/data", variables["Slipway__DataPath"]);
        Assert.Equal("http://localhost:9", variables["Resources__Url"]);
    }

    [Fact]
    public async Task ForEmbeddedAsync_SeveralProjects_HasAllAddressesAndNoOwn()
    {
        var a = Add("a", 81, metricsPort: 82).WithEnvironment("ONE", "1");
        var b = Add("b", 83).WithEnvironment("TWO", "2");

        var variables = await _variables.ForEmbeddedAsync("all", [a.Resource, b.Resource], CancellationToken.None);

        Assert.Equal("http://localhost:81", variables["services__a__http__0"]);
        Assert.Equal("http://localhost:82", variables["services__a__metrics__0"]);
        Assert.Equal("http://localhost:83", variables["services__b__http__0"]);
        Assert.Equal(("1", "2"), (variables["ONE"], variables["TWO"]));
        Assert.Equal("all", variables["OTEL_SERVICE_NAME"]);
        Assert.Null(variables["ASPNETCORE_URLS"]);
        Assert.Null(variables["ConnectionStrings__rabbitmq"]);
    }

    [Fact]
    public void Find_NotBuilt_SaysWhatToDo()
    {
        var error = Assert.Throws<DistributedApplicationException>(() => ProjectOutput.Find("/somewhere/Nothing/Nothing.csproj"));
        Assert.Contains("'Nothing' is not built", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_BesideOurselves_IsFound()
    {
        var expected = typeof(ProjectVariablesTests).Assembly.Location;
        Assert.Equal(expected, ProjectOutput.Find("/somewhere/Hosting.Tests.csproj"));
    }

    private IResourceBuilder<ProjectResource> Add(string name, int port, int? metricsPort = null)
    {
        var project = _builder.AddProject(name, $"{name}.csproj").WithHttpEndpoint(name: "http");
        Models.Allocate(project.Resource, "http", port);
        if (metricsPort is { } metrics)
        {
            project.WithHttpEndpoint(name: "metrics");
            Models.Allocate(project.Resource, "metrics", metrics);
        }

        return project;
    }
}
