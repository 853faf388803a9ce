namespace Aspire.Hosting.Processes;

/// <summary>The signals that stop a process; the numbers are the same on Linux and macOS.</summary>
internal enum UnixSignal
{
    None = 0,
    Interrupt = 2,
    Kill = 9,
    Terminate = 15,
}
