using Slipway.Registry.Api.Artifacts;

namespace Slipway.Registry.Api.Tests.Artifacts;

public sealed class ArtifactPathTests
{
    public static TheoryData<string> Hostile { get; } =
    [
        "",
        "/",
        "/etc/passwd",
        "..",
        "../x",
        "a/../b",
        "a/..",
        "./a",
        "a/./b",
        "a//b",
        "//a",
        "a/",
        @"a\b",
        @"..\x",
        @"C:\x",
        "C:/x",
        "c:x",
        "file:///etc/passwd",
        "http://127.0.0.1/x",
        "a#b",
        "a?x=../",
        "%2e%2e/x",
        "%2e%2e%2fx",
        "..%2fx",
        "%252e%252e/x",
        "%25252e%25252e%25252fx",
        "a%00b",
        "a\0b",
        "a\nb",
        "a%5cb",
        "a%23b",
        "..;/x".Replace(";", "%3f", StringComparison.Ordinal),
        ". ./x".Replace(". .", ".. ", StringComparison.Ordinal),
        " /x",
        "\ud800/x",
        new string('a', 256),
        string.Join('/', Enumerable.Repeat("aaaaaaaaaa", 200)),
    ];

    [Theory]
    [MemberData(nameof(Hostile))]
    public void TryParse_Hostile_IsRefused(string text)
    {
        Assert.False(ArtifactPath.TryParse(text, out _, out var error));
        Assert.NotNull(error);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("0/1f/artifacts/model/model.onnx")]
    [InlineData("0/1f/artifacts/ein Bild (1).png")]
    [InlineData("0/1f/artifacts/ünïcode/日本.txt")]
    [InlineData("0/1f/artifacts/100%.txt")]
    [InlineData("0/1f/artifacts/..hidden/...")]
    [InlineData("0/1f/artifacts/a:b")]
    public void TryParse_Ordinary_IsKept(string text)
    {
        Assert.True(ArtifactPath.TryParse(text, out var path, out _));
        Assert.Equal(text, path.Value);
    }

    /// <summary>Whatever is accepted stays within a folder when a file system resolves it, even decoded as often as one likes.</summary>
    [Fact]
    public void TryParse_RandomMixes_NeverLeaveTheFolder()
    {
        const int seed = 20260101;
        var random = new Random(seed);
        string[] parts =
        [
            "..",
            ".",
            "a",
            "%2e",
            "%2E%2e",
            "%252e",
            "/",
            "%2f",
            "%252F",
            @"\",
            "%5c",
            "b",
            " ",
            "%20",
            ":",
            "C:",
            "%00",
            "#",
            "?",
        ];
        for (var i = 0; i < 20_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => parts[random.Next(parts.Length)]));
            if (!ArtifactPath.TryParse(text, out var path, out _))
            {
                continue;
            }
            for (
                string current = path.Value, before = "";
                current != before;
                (before, current) = (current, Uri.UnescapeDataString(current))
            )
            {
                var full = Path.GetFullPath(Path.Combine("/root-of-store", current.Replace('\\', '/')));
                Assert.True(full.StartsWith("/root-of-store/", StringComparison.Ordinal), $"'{text}' resolves to {full} (seed {seed})");
            }
        }
    }

    [Fact]
    public void Ancestors_DeepPath_AreItsFolders()
    {
        Assert.True(ArtifactPath.TryParse("a/b/c", out var path, out _));
        Assert.Equal(["a", "a/b"], path.Ancestors());
        Assert.Equal("c", path.FileName);
    }
}
