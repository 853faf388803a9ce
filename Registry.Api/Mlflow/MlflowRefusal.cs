namespace Slipway.Registry.Api.Mlflow;

/// <summary>
/// A refusal in MLflow's words. An exception although it is an expected outcome: the API has some hundred refusals at every depth, all with one shape and one
/// place that writes them.
/// </summary>
internal sealed class MlflowRefusal(int status, string errorCode, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string ErrorCode { get; } = errorCode;

    public static MlflowRefusal Invalid(string message) =>
        new(StatusCodes.Status400BadRequest, MlflowErrorCodes.InvalidParameterValue, message);

    public static MlflowRefusal Missing(string parameter) =>
        Invalid($"Missing value for required parameter '{parameter}'. See the API docs for more information about request parameters.");

    public static MlflowRefusal NotFound(string message) =>
        new(StatusCodes.Status404NotFound, MlflowErrorCodes.ResourceDoesNotExist, message);

    public static MlflowRefusal Denied(string message) => new(StatusCodes.Status403Forbidden, MlflowErrorCodes.PermissionDenied, message);

    public static MlflowRefusal AlreadyExists(string message) =>
        new(StatusCodes.Status400BadRequest, MlflowErrorCodes.ResourceAlreadyExists, message);
}
