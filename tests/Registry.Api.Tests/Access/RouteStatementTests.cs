using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Access;

/// <summary>Every route says what it needs.</summary>
public sealed class RouteStatementTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    // Whoever reaches the registry may ask these, access control on or off.
    private static readonly string[] s_open =
    [
        "/",
        "/api/2.0/mlflow-artifacts/mpu/parts/{upload}/{part:int}",
        "/api/2.0/mlflow-artifacts/signed/{**path}",
        "/health",
        "/health/live",
        "/health/ready",
        "/metrics",
        "/version",
    ];

    private readonly List<RouteEndpoint> _routes =
    [
        .. fixture.Host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>(),
    ];

    [Fact]
    public void Routes_All_StateWhatTheyNeed()
    {
        var silent = _routes.Where(r => r.Metadata.GetMetadata<AccessRule>() is null && r.Metadata.GetMetadata<IAllowAnonymous>() is null);

        Assert.Empty(silent.Select(r => $"{r.RoutePattern.RawText}: add .Needs(…), see docs/architecture.md"));
        Assert.True(_routes.Count > 50, "The routes were not found.");
    }

    [Fact]
    public void Routes_OpenToAnybody_AreTheseAlone()
    {
        var open = _routes.Where(r => r.Metadata.GetMetadata<IAllowAnonymous>() is not null).Select(r => r.RoutePattern.RawText!);

        Assert.Equal(s_open, open.Distinct().Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("GET", "experiments/get", "Read on Experiment(experiment_id)")]
    [InlineData("POST", "experiments/search", "SignedIn on None")]
    [InlineData("POST", "experiments/create", "Write on NewExperiment(name) and Write on Everything(artifact_location?)")]
    [InlineData("POST", "experiments/delete", "Manage on Experiment(experiment_id)")]
    [InlineData("POST", "runs/log-batch", "Write on Run(run_id, run_uuid) and Write on LoggedModel(model_id, metrics.model_id?)")]
    [InlineData("POST", "runs/delete", "Manage on Run(run_id, run_uuid)")]
    [InlineData("POST", "runs/outputs", "Write on Run(run_id, run_uuid) and Read on LoggedModel(models.model_id?)")]
    [InlineData("GET", "metrics/get-history", "Read on Run(run_id, run_uuid, run_ids)")]
    [InlineData("DELETE", "registered-models/alias", "Write on Model(name)")]
    [InlineData("DELETE", "registered-models/delete", "Manage on Model(name)")]
    [InlineData("POST", "registered-models/rename", "Write on Model(name) and Write on NewModel(new_name)")]
    [InlineData("POST", "registered-models/get-latest-versions", "Read on Model(name)")]
    [InlineData("POST", "model-versions/create", "Write on Model(name) and Read on Source(source) and Read on Run(run_id?)")]
    [InlineData("GET", "logged-models/{model_id}", "Read on LoggedModel(model_id)")]
    [InlineData("DELETE", "logged-models/{model_id}", "Manage on LoggedModel(model_id)")]
    [InlineData("DELETE", "logged-models/{model_id}/tags/{tag_key}", "Write on LoggedModel(model_id)")]
    [InlineData("POST", "logged-models", "Write on Experiment(experiment_id)")]
    [InlineData("POST", "logged-models/search", "SignedIn on None")]
    [InlineData("POST", "webhooks", "Admin on Everything")]
    public void For_MlflowRoute_FollowsFromItsPath(string method, string path, string rule) =>
        Assert.Equal(rule, MlflowAccess.For($"/ajax-api/2.0/mlflow/{path}", [method]).ToString());

    [Theory]
    [InlineData("GET", "artifacts", "Read on ArtifactPath(path)")]
    [InlineData("PUT", "artifacts/{**path}", "Write on ArtifactPath(path)")]
    [InlineData("DELETE", "artifacts/{**path}", "Write on ArtifactPath(path)")]
    public void For_ArtifactRoute_FollowsFromItsMethod(string method, string path, string rule) =>
        Assert.Equal(rule, MlflowAccess.For($"/api/2.0/mlflow-artifacts/{path}", [method]).ToString());

    [Fact]
    public void Of_AccessOff_TakesTheNameThatTheRequestGives()
    {
        var http = new DefaultHttpContext();
        Assert.Equal(Caller.Anonymous, Caller.Of(http));
        http.Request.Headers.Authorization = "Basic " + Convert.ToBase64String("ann:x"u8);
        Assert.Equal("ann", Caller.Of(http).Name);
        http.Request.Headers[Caller.UserHeader] = "bob";
        Assert.Equal("bob", Caller.Of(http).Name);
        http.Request.Headers[Caller.UserHeader] = "a\nb";
        Assert.Equal(Caller.Anonymous, Caller.Of(http));
    }
}
