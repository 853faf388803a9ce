using System.Text.Json;
using System.Text.Json.Serialization;

namespace Slipway.Contracts.Access;

/// <summary>Generated JSON of <c>/api/v1/access</c>.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AccessUser))]
[JsonSerializable(typeof(NewUser))]
[JsonSerializable(typeof(IReadOnlyList<AccessUser>))]
[JsonSerializable(typeof(RoleBinding))]
[JsonSerializable(typeof(IReadOnlyList<RoleBinding>))]
[JsonSerializable(typeof(ApiToken))]
[JsonSerializable(typeof(IReadOnlyList<ApiToken>))]
[JsonSerializable(typeof(NewToken))]
[JsonSerializable(typeof(CreatedToken))]
[JsonSerializable(typeof(CallerInfo))]
public sealed partial class AccessJson : JsonSerializerContext;
