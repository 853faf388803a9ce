namespace Slipway.Registry.Api.Access;

/// <summary>
/// How the object of a request is found: its kind, and the members that may hold its key. Every one that is present is checked. A member is looked up among the
/// route's values and then in the request as its handler reads it: MLflow's request on MLflow's routes, else the query string for GET and the JSON body for others.
/// </summary>
internal sealed record AccessTarget(AccessKind Kind, params string[] Members)
{
    /// <summary>Nothing is asked of a request that names none. Otherwise it is refused with 400.</summary>
    public bool IsOptional { get; init; }

    /// <summary>The members stand in the query string whatever the method is: the body is not JSON.</summary>
    public bool IsInQuery { get; init; }

    /// <summary>The key that the handler takes where none is given.</summary>
    public string? Default { get; init; }

    public override string ToString() => Members.Length == 0 ? $"{Kind}" : $"{Kind}({string.Join(", ", Members)}{(IsOptional ? "?" : "")})";
}
