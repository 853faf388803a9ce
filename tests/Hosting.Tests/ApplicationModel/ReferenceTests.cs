using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Slipway.Hosting.Tests.Fixtures;

namespace Slipway.Hosting.Tests.ApplicationModel;

public class ReferenceTests
{
    private readonly IDistributedApplicationBuilder _builder = Models.Builder("--Parameters:pw=p@ss");

    [Fact]
    public async Task WithReference_Postgres_GivesConnectionStringAndParts()
    {
        var postgres = _builder.AddPostgres("pg", password: _builder.AddParameter("pw", secret: true));
        Models.Allocate(postgres.Resource, "tcp", 5433);
        var one = _builder.AddExecutable("one", "true", ".").WithReference(postgres.AddDatabase("app-db", "app"));

        var variables = await Models.GetVariablesAsync(one);

        Assert.Equal("Host=localhost;Port=5433;Username=postgres;Password=p@ss;Database=app", variables["ConnectionStrings__app-db"]);
        Assert.Equal("localhost", variables["APP_DB_HOST"]);
        Assert.Equal("5433", variables["APP_DB_PORT"]);
        Assert.Equal("postgres", variables["APP_DB_USERNAME"]);
        Assert.Equal("p@ss", variables["APP_DB_PASSWORD"]);
        Assert.Equal("app", variables["APP_DB_DATABASENAME"]);
        Assert.Equal("postgresql://postgres:p%40ss@localhost:5433/app", variables["APP_DB_URI"]);
        Assert.Equal("jdbc:postgresql://localhost:5433/app", variables["APP_DB_JDBCCONNECTIONSTRING"]);
    }

    [Fact]
    public async Task WithReference_DatabaseNameWithSpecials_IsQuoted()
    {
        var postgres = _builder.AddPostgres("pg", password: _builder.AddParameter("pw", secret: true));
        Models.Allocate(postgres.Resource, "tcp", 1);
        var value = await postgres.AddDatabase("db", "a;b").Resource.GetConnectionStringAsync();
        Assert.EndsWith(";Database=\"a;b\"", value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithReference_RabbitMQ_GivesEscapedUri()
    {
        var rabbitMQ = _builder.AddRabbitMQ("mq", password: _builder.AddParameter("pw", secret: true));
        Models.Allocate(rabbitMQ.Resource, "tcp", 5673);
        var variables = await Models.GetVariablesAsync(_builder.AddExecutable("one", "true", ".").WithReference(rabbitMQ));
        Assert.Equal("amqp://guest:p%40ss@localhost:5673", variables["ConnectionStrings__mq"]);
        Assert.Equal("guest", variables["MQ_USERNAME"]);
        Assert.Equal(variables["ConnectionStrings__mq"], variables["MQ_URI"]);
    }

    [Fact]
    public async Task WithReference_ConnectionName_ReplacesTheName()
    {
        var rabbitMQ = _builder.AddRabbitMQ("mq", password: _builder.AddParameter("pw", secret: true));
        Models.Allocate(rabbitMQ.Resource, "tcp", 5673);
        var variables = await Models.GetVariablesAsync(_builder.AddExecutable("one", "true", ".").WithReference(rabbitMQ, "1bus"));
        Assert.Contains("ConnectionStrings__1bus", variables.Keys);
        Assert.Contains("_1BUS_HOST", variables.Keys);
    }

    [Fact]
    public async Task WithReference_Project_GivesEveryEndpoint()
    {
        var web = _builder.AddProject("my-web", "web.csproj").WithHttpEndpoint(name: "http").WithHttpEndpoint(name: "metrics");
        Models.Allocate(web.Resource, "http", 81);
        Models.Allocate(web.Resource, "metrics", 82);
        var variables = await Models.GetVariablesAsync(_builder.AddExecutable("one", "true", ".").WithReference(web).WithReference(web));
        Assert.Equal("http://localhost:81", variables["services__my-web__http__0"]);
        Assert.Equal("http://localhost:82", variables["services__my-web__metrics__0"]);
        Assert.Equal("http://localhost:81", variables["MY_WEB_HTTP"]);
        Assert.Equal("http://localhost:82", variables["MY_WEB_METRICS"]);
        Assert.DoesNotContain("services__my-web__http__1", variables.Keys);
    }

    [Fact]
    public async Task WithReference_OtherResourceUnderTheSameName_CountsUp()
    {
        var a = _builder.AddProject("a", "a.csproj").WithHttpEndpoint();
        var b = _builder.AddProject("b", "b.csproj").WithHttpEndpoint();
        Models.Allocate(a.Resource, "http", 81);
        Models.Allocate(b.Resource, "http", 82);
        var variables = await Models.GetVariablesAsync(
            _builder.AddExecutable("one", "true", ".").WithReference(a, "s").WithReference(b, "s")
        );
        Assert.Equal("http://localhost:81", variables["services__s__http__0"]);
        Assert.Equal("http://localhost:82", variables["services__s__http__1"]);
    }

    [Fact]
    public void AddDatabase_SameDatabaseTwice_Throws()
    {
        var postgres = _builder.AddPostgres("pg");
        postgres.AddDatabase("one", "app");
        Assert.Throws<DistributedApplicationException>(() => postgres.AddDatabase("two", "app"));
    }

    [Fact]
    public async Task WithEnvironment_EveryKindOfValue_IsResolved()
    {
        var web = _builder.AddExecutable("web", "true", ".").WithHttpEndpoint();
        Models.Allocate(web.Resource, "http", 81);
        var parameter = _builder.AddParameter("pw");
        var one = _builder
            .AddExecutable("one", "true", ".")
            .WithEnvironment("A", "fixed")
            .WithEnvironment("B", () => "computed")
            .WithEnvironment("C", parameter)
            .WithEnvironment("D", web.GetEndpoint("http"))
            .WithEnvironment("E", $"{web.GetEndpoint("http")}/x?{parameter}")
            .WithEnvironment(context => context.EnvironmentVariables["F"] = 7)
            .WithEnvironment("A", "last wins");
        var variables = await Models.GetVariablesAsync(one);
        Assert.Equal("last wins", variables["A"]);
        Assert.Equal("computed", variables["B"]);
        Assert.Equal("p@ss", variables["C"]);
        Assert.Equal("http://localhost:81", variables["D"]);
        Assert.Equal("http://localhost:81/x?p@ss", variables["E"]);
        Assert.Equal("7", variables["F"]);
    }
}
