using System.Net;

namespace Slipway.Contracts.Http;

/// <summary>A service refused a request: its status, the stable code of its problem details, and its text.</summary>
public sealed class ApiException : Exception
{
    /// <summary>Creates the exception for an answer of <paramref name="status"/>.</summary>
    public ApiException(HttpStatusCode status, string code, string message)
        : base(message)
    {
        Status = status;
        Code = code;
    }

    /// <summary>The HTTP status.</summary>
    public HttpStatusCode Status { get; }

    /// <summary>The <c>code</c> member of the problem details, or <c>unknown</c>.</summary>
    public string Code { get; }
}
