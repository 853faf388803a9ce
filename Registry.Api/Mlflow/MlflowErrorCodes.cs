namespace Slipway.Registry.Api.Mlflow;

/// <summary>The values of <c>error_code</c> that this server answers with.</summary>
internal static class MlflowErrorCodes
{
    public const string InvalidParameterValue = "INVALID_PARAMETER_VALUE";
    public const string BadRequest = "BAD_REQUEST";
    public const string ResourceAlreadyExists = "RESOURCE_ALREADY_EXISTS";
    public const string ResourceDoesNotExist = "RESOURCE_DOES_NOT_EXIST";
    public const string ResourceConflict = "RESOURCE_CONFLICT";
    public const string EndpointNotFound = "ENDPOINT_NOT_FOUND";
    public const string Unauthenticated = "UNAUTHENTICATED";
    public const string PermissionDenied = "PERMISSION_DENIED";
    public const string RequestLimitExceeded = "REQUEST_LIMIT_EXCEEDED";
    public const string NotImplemented = "NOT_IMPLEMENTED";
    public const string ResourceExhausted = "RESOURCE_EXHAUSTED";
    public const string DataLoss = "DATA_LOSS";
    public const string TemporarilyUnavailable = "TEMPORARILY_UNAVAILABLE";
    public const string InternalError = "INTERNAL_ERROR";

    /// <summary>The code of a refusal that the framework made, by its status.</summary>
    public static string For(int status) =>
        status switch
        {
            StatusCodes.Status401Unauthorized => Unauthenticated,
            StatusCodes.Status403Forbidden => PermissionDenied,
            StatusCodes.Status429TooManyRequests => RequestLimitExceeded,
            StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed => EndpointNotFound,
            StatusCodes.Status409Conflict => ResourceConflict,
            StatusCodes.Status501NotImplemented => NotImplemented,
            StatusCodes.Status503ServiceUnavailable => TemporarilyUnavailable,
            >= 500 => InternalError,
            _ => BadRequest,
        };
}
