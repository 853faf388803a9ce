namespace Aspire.Hosting.State;

/// <summary>A line of a resource's output.</summary>
internal sealed record ResourceLogLine(DateTimeOffset At, bool Error, string Text);
