namespace Slipway.Registry.Api.Access;

/// <summary>Who a request comes from, or why that is not known.</summary>
internal abstract record AuthenticationOutcome
{
    /// <summary>The caller is known.</summary>
    internal sealed record Known(Caller Caller) : AuthenticationOutcome;

    /// <summary>Nothing was shown, or what was shown is not right. It is not said which part was wrong.</summary>
    internal sealed record Unknown : AuthenticationOutcome;

    /// <summary>Too many passwords were wrong, or too many are being looked at; try again later.</summary>
    internal sealed record Throttled(TimeSpan Wait) : AuthenticationOutcome;

    /// <summary>The identity provider does not answer.</summary>
    internal sealed record IssuerAway : AuthenticationOutcome;
}
