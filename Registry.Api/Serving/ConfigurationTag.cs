using System.Text.Json;
using Slipway.Contracts.Mlflow;
using Slipway.Contracts.Serving;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Serving;

/// <summary>
/// The tag <c>slipway.config</c> of a model version: how it is to be queued, joined and run, as a Triton <c>ModelConfig</c> in JSON or in the text form of
/// <c>config.pbtxt</c>. It is part of the serving state, so a change of it takes effect on a served version without a restart.
/// </summary>
/// <remarks>
/// Checked here is only what needs no knowledge of the message: the length that all tags have, that a text in JSON is an object, and that any other begins as the
/// text form does. Names and values of fields are read where models are loaded; a configuration that is refused there is the reason of a load problem, and what
/// served before goes on serving.
/// </remarks>
internal static class ConfigurationTag
{
    /// <summary>Whether a change of a tag changes what is served.</summary>
    public static bool Is(string key) => key == ServedModelVersion.ConfigurationTag;

    /// <summary>Refuses the tag where its value cannot be a configuration; passes every other tag.</summary>
    public static void Check(MlflowKeyValue tag)
    {
        if (!Is(tag.Key))
        {
            return;
        }
        var text = tag.Value.AsSpan().TrimStart();
        if (text.StartsWith("{"))
        {
            CheckJson(tag.Value);
        }
        else if (!text.IsEmpty && !char.IsAsciiLetter(text[0]) && text[0] is not ('_' or '#'))
        {
            throw Refused("it begins neither with '{', as JSON does, nor with the name of a field or a comment, as config.pbtxt does");
        }
    }

    private static void CheckJson(string text)
    {
        try
        {
            JsonDocument.Parse(text).Dispose();
        }
        catch (JsonException e)
        {
            throw Refused(e.Message);
        }
    }

    private static MlflowRefusal Refused(string reason) =>
        MlflowRefusal.Invalid($"The tag '{ServedModelVersion.ConfigurationTag}' is not a model configuration: {reason}");
}
