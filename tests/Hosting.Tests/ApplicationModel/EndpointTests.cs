using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Slipway.Hosting.Tests.Fixtures;

namespace Slipway.Hosting.Tests.ApplicationModel;

public class EndpointTests
{
    [Fact]
    public void WithHttpEndpoint_SameNameAgain_UpdatesWhatIsGiven()
    {
        var web = Models.Builder().AddExecutable("web", "true", ".").WithHttpEndpoint(port: 1, targetPort: 2).WithHttpEndpoint(port: 3);
        var endpoint = Assert.Single(web.Resource.Annotations.OfType<EndpointAnnotation>());
        Assert.Equal(("http", "http", 3, 2), (endpoint.Name, endpoint.UriScheme, endpoint.Port, endpoint.TargetPort));
    }

    [Fact]
    public void WithEndpoint_NothingGiven_IsTcp()
    {
        var endpoint = Models
            .Builder()
            .AddExecutable("s", "true", ".")
            .WithEndpoint()
            .Resource.Annotations.OfType<EndpointAnnotation>()
            .Single();
        Assert.Equal(("tcp", "tcp", "tcp"), (endpoint.Name, endpoint.UriScheme, endpoint.Transport));
    }

    [Fact]
    public void WithExternalHttpEndpoints_MixedEndpoints_MarksHttpOnly()
    {
        var web = Models
            .Builder()
            .AddExecutable("web", "true", ".")
            .WithHttpEndpoint()
            .WithEndpoint(name: "raw")
            .WithExternalHttpEndpoints();
        Assert.Equal(["http"], web.Resource.Annotations.OfType<EndpointAnnotation>().Where(e => e.IsExternal).Select(e => e.Name));
    }

    [Fact]
    public void Url_NotAllocated_SaysSo()
    {
        var reference = Models.Builder().AddExecutable("web", "true", ".").WithHttpEndpoint().GetEndpoint("http");
        var error = Assert.Throws<InvalidOperationException>(() => reference.Url);
        Assert.Contains("not allocated", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Url_NoSuchEndpoint_NamesItAndTheResource()
    {
        var reference = Models.Builder().AddExecutable("web", "true", ".").GetEndpoint("grpc");
        Assert.False(reference.Exists);
        var error = Assert.Throws<InvalidOperationException>(() => reference.Url);
        Assert.Contains("'grpc'", error.Message, StringComparison.Ordinal);
        Assert.Contains("'web'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(EndpointProperty.Url, "http://localhost:81", "{web.bindings.http.url}")]
    [InlineData(EndpointProperty.Host, "localhost", "{web.bindings.http.host}")]
    [InlineData(EndpointProperty.IPV4Host, "127.0.0.1", "{web.bindings.http.host}")]
    [InlineData(EndpointProperty.Port, "81", "{web.bindings.http.port}")]
    [InlineData(EndpointProperty.TargetPort, "81", "{web.bindings.http.targetPort}")]
    [InlineData(EndpointProperty.Scheme, "http", "{web.bindings.http.scheme}")]
    [InlineData(EndpointProperty.HostAndPort, "localhost:81", "{web.bindings.http.hostAndPort}")]
    [InlineData(EndpointProperty.TlsEnabled, "False", "{web.bindings.http.tlsEnabled}")]
    public async Task Property_Allocated_HasValueAndPlaceholder(EndpointProperty property, string value, string placeholder)
    {
        var web = Models.Builder().AddExecutable("web", "true", ".").WithHttpEndpoint();
        Models.Allocate(web.Resource, "http", 81);
        var expression = web.GetEndpoint("http").Property(property);
        Assert.Equal(value, await expression.GetValueAsync());
        Assert.Equal(placeholder, expression.ValueExpression);
    }

    [Fact]
    public async Task WithHttpEndpoint_Env_TellsTheProcessItsPort()
    {
        var web = Models.Builder().AddExecutable("web", "true", ".").WithHttpEndpoint(env: "PORT");
        Models.Allocate(web.Resource, "http", 4711);
        Assert.Equal("4711", (await Models.GetVariablesAsync(web))["PORT"]);
    }

    [Fact]
    public void Build_SamePortAndTargetPort_Throws()
    {
        var builder = Models.Builder();
        builder.AddExecutable("web", "true", ".").WithHttpEndpoint(port: 80, targetPort: 80);
        Assert.Throws<DistributedApplicationException>(builder.Build);
    }

    [Fact]
    public void Build_ReplicasWithTargetPort_Throws()
    {
        var builder = Models.Builder();
        builder.AddProject("web", "web.csproj").WithHttpEndpoint(targetPort: 80).WithReplicas(2);
        Assert.Throws<DistributedApplicationException>(builder.Build);
    }
}
