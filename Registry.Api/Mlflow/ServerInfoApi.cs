using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Access;

namespace Slipway.Registry.Api.Mlflow;

/// <summary>MLflow 3's <c>mlflow/server-info</c>, by which a client learns what it may ask for.</summary>
internal static class ServerInfoApi
{
    public static void Map(RouteGroupBuilder mlflow) => mlflow.MapGet("/server-info", Get).Needs(Permission.SignedIn, On.Nothing);

    private static JsonHttpResult<ServerInfo> Get() => MlflowAnswer.Of(new ServerInfo("SqlStore", WorkspacesEnabled: false));
}
