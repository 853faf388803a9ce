using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Support;

/// <summary>A vetting program that misbehaves as a test wants: a shell script in its place.</summary>
internal static class FakeEngine
{
    public static string Write(TempFolder folder, string script)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("These tests put a shell script in the engine's place.");
        }
        var path = folder.Combine("engine.sh");
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
