using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts.Mlflow;

namespace Slipway.Registry.Api.Mlflow;

/// <summary>Answers in MLflow's JSON, always with status 200: its clients take 201 for an error.</summary>
internal static class MlflowAnswer
{
    public static JsonHttpResult<MlflowEmpty> Empty { get; } = Of(new MlflowEmpty());

    public static JsonHttpResult<T> Of<T>(T value) => TypedResults.Json(value, MlflowJson.For<T>());
}
