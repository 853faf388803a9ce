using System.Reflection;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Slipway.Registry.Api.Home;

/// <summary>What a person, or MLflow's client, asks a server first.</summary>
internal static class HomeApi
{
    // The release of MLflow whose API this is: clients read it to know what they may call.
    private const string MlflowVersion = "2.17.2";

    private static readonly string s_text = $"""
        Slipway model registry {typeof(HomeApi).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split(
            '+'
        )[0]}

        Speaks MLflow's REST API: set MLFLOW_TRACKING_URI (and MLFLOW_REGISTRY_URI) to this address.
        Its own API:
          /api/v1/models         registered models, versions, vetting reports
          /api/v1/environments   environments and what each asks of a version
          /api/v1/promotions     promotion requests, their gates and approvals
          /api/v1/endpoints      what serves under which name
          /api/v1/serving-state  what inference replicas have to serve
          /health/live  /health/ready  /metrics

        """;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/", GetHome).AllowAnonymous();
        app.MapGet("/health", GetHealth).AllowAnonymous();
        app.MapGet("/version", GetVersion).AllowAnonymous();
    }

    private static ContentHttpResult GetHome() => TypedResults.Text(s_text);

    private static ContentHttpResult GetHealth() => TypedResults.Text("OK");

    private static ContentHttpResult GetVersion() => TypedResults.Text(MlflowVersion);
}
