using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Slipway.Registry.Api.Access;

/// <summary>Generated JSON of the answers of MLflow's basic-auth app, whose client wants every member there.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(UserAnswer))]
[JsonSerializable(typeof(CurrentUserAnswer))]
[JsonSerializable(typeof(ExperimentPermissionAnswer))]
[JsonSerializable(typeof(ModelPermissionAnswer))]
internal sealed partial class MlflowAccessJson : JsonSerializerContext
{
    public static JsonHttpResult<T> Of<T>(T value, JsonTypeInfo<T> json) => TypedResults.Json(value, json);
}

internal sealed record UserAnswer(MlflowUser User);

internal sealed record MlflowUser(
    long Id,
    string Username,
    bool IsAdmin,
    IReadOnlyList<ExperimentPermission> ExperimentPermissions,
    IReadOnlyList<ModelPermission> RegisteredModelPermissions
);

internal sealed record CurrentUserAnswer(CurrentUser User);

internal sealed record CurrentUser(long Id, string Username, bool IsAdmin);

internal sealed record ExperimentPermissionAnswer(ExperimentPermission ExperimentPermission);

internal sealed record ExperimentPermission(string ExperimentId, long UserId, string Permission);

internal sealed record ModelPermissionAnswer(ModelPermission RegisteredModelPermission);

internal sealed record ModelPermission(string Name, long UserId, string Permission)
{
    // What newer clients read beside the rest.
    public string Workspace { get; } = "default";
}
