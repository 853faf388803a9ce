namespace Slipway.EndToEnd.Tests.Telemetry;

/// <summary>Environment variables that the programs started meanwhile inherit, as from a user's shell. The tests of this project run one at a time.</summary>
internal sealed class TemporaryVariables : IDisposable
{
    private readonly IReadOnlyList<(string Name, string? Before)> _before;

    public TemporaryVariables(params (string Name, string Value)[] variables)
    {
        _before = [.. variables.Select(variable => (variable.Name, Environment.GetEnvironmentVariable(variable.Name)))];
        foreach (var (name, value) in variables)
        {
            Environment.SetEnvironmentVariable(name, value);
        }
    }

    public void Dispose()
    {
        foreach (var (name, value) in _before)
        {
            Environment.SetEnvironmentVariable(name, value);
        }
    }
}
