using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;

namespace Aspire.Hosting.Servers;

/// <summary>Docker or Podman, where one answers.</summary>
internal sealed class ContainerEngine(string program)
{
    private static readonly TimeSpan s_answerLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_removeLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_pullLimit = TimeSpan.FromMinutes(5);

    public string Name { get; } = Path.GetFileNameWithoutExtension(program);

    /// <summary>The first engine that answers; null where none does.</summary>
    public static async Task<ContainerEngine?> FindAsync(CancellationToken cancellationToken)
    {
        foreach (var name in new[] { "docker", "podman" })
        {
            if (ProgramPath.Find(name) is { } path)
            {
                var result = await Command.RunAsync(path, ["info"], s_answerLimit, "/", cancellationToken);
                if (result is { ExitCode: 0 })
                {
                    return new ContainerEngine(path);
                }
            }
        }

        return null;
    }

    /// <summary>Makes sure that an image is on this machine; the problem where it cannot be had.</summary>
    public async Task<string?> PullAsync(string image, CancellationToken cancellationToken)
    {
        if (await Command.RunAsync(program, ["image", "inspect", image], s_answerLimit, "/", cancellationToken) is { ExitCode: 0 })
        {
            return null;
        }

        var result = await Command.RunAsync(program, ["pull", "--quiet", image], s_pullLimit, "/", cancellationToken);
        return result is { ExitCode: 0 } ? null : $"{Name} could not pull {image}: {result?.Error.Trim() ?? "no answer"}";
    }

    /// <summary>The volume that keeps the data of a server's container.</summary>
    public static string VolumeName(string containerName) => $"{containerName}-data";

    /// <summary>Removes a server's container, where it is there, and if asked its data.</summary>
    public async Task RemoveAsync(string containerName, bool withVolume, CancellationToken cancellationToken)
    {
        await Command.RunAsync(program, ["rm", "--force", containerName], s_removeLimit, "/", cancellationToken);
        if (withVolume)
        {
            await Command.RunAsync(program, ["volume", "rm", "--force", VolumeName(containerName)], s_removeLimit, "/", cancellationToken);
        }
    }

    /// <summary>The process that runs a server's container in the foreground, so that it ends with the container and the other way round.</summary>
    public async Task<ProcessSpec> PrepareAsync(
        ContainerResource resource,
        string containerName,
        EndpointReference endpoint,
        IReadOnlyDictionary<string, string> variables,
        UnixSignal stopSignal,
        bool keepsData,
        CancellationToken cancellationToken
    )
    {
        // What a killed AppHost left behind holds the port and the volume.
        await RemoveAsync(containerName, withVolume: false, cancellationToken);
        var image = resource.Annotations.OfType<ContainerImageAnnotation>().Last().Reference;
        // Without a volume of ours the image makes one that goes with the container.
        var volumes = resource
            .Annotations.OfType<ContainerMountAnnotation>()
            .Where(_ => keepsData)
            .SelectMany(m => new[] { "--volume", $"{VolumeName(containerName)}:{m.Target}{(m.IsReadOnly ? ":ro" : "")}" });
        var port = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{endpoint.Port}:{endpoint.TargetPort}");
        return new ProcessSpec
        {
            FileName = program,
            // Values go by environment, not by command line, where everybody could read them. The name keeps RabbitMQ's data folder the same.
            Arguments =
            [
                "run",
                "--rm",
                "--name",
                containerName,
                "--hostname",
                containerName,
                "--publish",
                port,
                .. volumes,
                .. variables.Keys.SelectMany(name => new[] { "--env", name }),
                image,
            ],
            Environment = variables.ToDictionary(v => v.Key, string? (v) => v.Value),
            WorkingDirectory = "/",
            StopSignal = stopSignal,
            StopTimeout = TimeSpan.FromSeconds(30),
        };
    }
}
