namespace Aspire.Hosting.Processes;

/// <summary>How a short command ended.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error);
