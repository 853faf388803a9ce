using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Kubernetes.Publishing;
using Slipway.Hosting.Tests.Fixtures;

namespace Slipway.Hosting.Tests.Kubernetes;

public class HelmValueTests
{
    private readonly IDistributedApplicationBuilder _builder = Models.Builder();

    private IResourceBuilder<ParameterResource> Secret => _builder.AddParameter("api-key", secret: true);

    private IResourceBuilder<ParameterResource> Plain => _builder.AddParameter("region");

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("", "")]
    [InlineData("{{ .Values.x }}", "{{ `{` }}{ .Values.x }}")]
    [InlineData("{{{", "{{ `{` }}{{ `{` }}{{ `{` }}")]
    [InlineData("{\"a\":1}", "{\"a\":1}")]
    [InlineData("ends with {", "ends with {{ `{` }}")]
    [InlineData("$(HOME) $$ $", "$(HOME) $$ $")]
    public void From_Literal_ComesOutAsItWas(string literal, string expected)
    {
        var value = HelmValue.From(literal);
        Assert.Equal(expected, value.Text);
        Assert.Empty(value.Secrets);
    }

    [Fact]
    public void From_LiteralBesideASecret_DoublesDollars()
    {
        // Kubernetes expands such a value, and reads $$ as $.
        var value = HelmValue.From(ReferenceExpression.Create($"$(HOME)$:{Secret}"));
        Assert.Equal("$$(HOME)$$:$(API_KEY)", value.Text);
        Assert.Null(value.WholeSecret);
    }

    [Fact]
    public void From_SecretAlone_IsWhole()
    {
        var value = HelmValue.From(Secret.Resource);
        Assert.Equal(new SecretReference("api-key", UriEncoded: false), value.WholeSecret);
        Assert.Equal(("API_KEY", "api-key"), (value.WholeSecret!.Variable, value.WholeSecret.Key));
    }

    [Fact]
    public void From_SecretInAUri_IsAnotherSecret()
    {
        var value = HelmValue.From(ReferenceExpression.Create($"amqp://me:{Secret:uri}@host"));
        Assert.Equal("amqp://me:$(API_KEY_URIENCODED)@host", value.Text);
        Assert.Equal(("API_KEY_URIENCODED", "api-key-uri"), (value.Secrets.Single().Variable, value.Secrets.Single().Key));
    }

    [Fact]
    public void From_BracesAroundAHole_AreKept()
    {
        var value = HelmValue.From(ReferenceExpression.Create($"{{{Secret}}} {{0}}"));
        Assert.Equal("{{ `{` }}$(API_KEY)} {0}", value.Text);
    }

    [Fact]
    public void From_FormatOfAHole_HoldsInside()
    {
        var inner = ReferenceExpression.Create($"a b{Secret}");
        Assert.Equal("x://a%20b$(API_KEY_URIENCODED)", HelmValue.From(ReferenceExpression.Create($"x://{inner:uri}")).Text);
    }

    [Fact]
    public void From_Parameter_IsReadFromValues() =>
        Assert.Contains(".Values.parameters.region ", HelmValue.From(Plain.Resource).Text, StringComparison.Ordinal);

    [Fact]
    public void From_ConnectionString_HoldsNoPassword()
    {
        var database = _builder.AddPostgres("Main-Db").AddDatabase("appdb", "app");
        Assert.Equal(
            "Host=main-db-service;Port=5432;Username=postgres;Password=$(MAIN_DB_PASSWORD);Database=app",
            HelmValue.From(database).Text
        );
    }

    [Theory]
    [InlineData(EndpointProperty.Url, "http://web-service:80")]
    [InlineData(EndpointProperty.Host, "web-service")]
    [InlineData(EndpointProperty.Port, "80")]
    [InlineData(EndpointProperty.TargetPort, "8080")]
    [InlineData(EndpointProperty.HostAndPort, "web-service:80")]
    [InlineData(EndpointProperty.TlsEnabled, "False")]
    public void From_EndpointProperty_IsTheServices(EndpointProperty property, string expected)
    {
        var web = _builder.AddProject("Web", "web.csproj").WithHttpEndpoint(port: 80, targetPort: 8080);
        Assert.Equal(expected, HelmValue.From(web.GetEndpoint("http").Property(property)).Text);
    }

    [Fact]
    public void From_UnknownType_SaysSo()
    {
        var error = Assert.Throws<DistributedApplicationException>(() => HelmValue.From(1.5));
        Assert.Contains("System.Double", error.Message, StringComparison.Ordinal);
    }
}
