using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Contracts.Inference;
using Slipway.Contracts.Messages;
using Slipway.Contracts.Monitoring;
using Slipway.Contracts.Registry;
using Slipway.Contracts.Serving;
using Slipway.Contracts.Training;
using Slipway.Contracts.Vetting;

namespace Slipway.Contracts;

/// <summary>Generated JSON of our own APIs: camelCase, nulls left out, unknown members ignored.</summary>
/// <remarks>
/// A member with a default value is <c>set</c>, not <c>init</c>: the generated reader passes every <c>init</c> member through one object initialiser, so
/// that a member that is absent from the JSON would lose its default.
/// </remarks>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.Strict
)]
[JsonSerializable(typeof(ServingState))]
[JsonSerializable(typeof(EndpointDefinition))]
[JsonSerializable(typeof(IReadOnlyList<EndpointDefinition>))]
[JsonSerializable(typeof(PromotionRequest))]
[JsonSerializable(typeof(Promotion))]
[JsonSerializable(typeof(PromotionPage))]
[JsonSerializable(typeof(PromotionAction))]
[JsonSerializable(typeof(EnvironmentPolicy))]
[JsonSerializable(typeof(IReadOnlyList<EnvironmentPolicy>))]
[JsonSerializable(typeof(AliasHistoryPage))]
[JsonSerializable(typeof(AliasMoved))]
[JsonSerializable(typeof(VersionComparison))]
[JsonSerializable(typeof(CopyRequest))]
[JsonSerializable(typeof(Copy))]
[JsonSerializable(typeof(ConsumerDeclaration))]
[JsonSerializable(typeof(IReadOnlyList<ConsumerDeclaration>))]
[JsonSerializable(typeof(IReadOnlyList<GateResult>))]
[JsonSerializable(typeof(ModelOverview))]
[JsonSerializable(typeof(IReadOnlyList<ModelOverview>))]
[JsonSerializable(typeof(ModelVersionOverview))]
[JsonSerializable(typeof(VettingReport))]
[JsonSerializable(typeof(StorageReport))]
[JsonSerializable(typeof(TrainingJobRequest))]
[JsonSerializable(typeof(TrainingJob))]
[JsonSerializable(typeof(TrainingJobPage))]
[JsonSerializable(typeof(TrainingJobLog))]
[JsonSerializable(typeof(BaselineProfile))]
[JsonSerializable(typeof(OutcomeBatch))]
[JsonSerializable(typeof(OutcomeResult))]
[JsonSerializable(typeof(MonitorDefinition))]
[JsonSerializable(typeof(IReadOnlyList<MonitorDefinition>))]
[JsonSerializable(typeof(WindowPage))]
[JsonSerializable(typeof(AlertPage))]
[JsonSerializable(typeof(Alert))]
[JsonSerializable(typeof(MonitoringStats))]
[JsonSerializable(typeof(EndpointTraffic))]
[JsonSerializable(typeof(ServedModels))]
[JsonSerializable(typeof(PredictionsLogged))]
[JsonSerializable(typeof(PredictionRecord))]
[JsonSerializable(typeof(TrainModel))]
[JsonSerializable(typeof(ServingStateChanged))]
[JsonSerializable(typeof(RegistryChanged))]
[JsonSerializable(typeof(AuditPage))]
[JsonSerializable(typeof(LineageGraph))]
[JsonSerializable(typeof(AuditVerification))]
[JsonSerializable(typeof(IReadOnlyList<WebhookOverview>))]
[JsonSerializable(typeof(IReadOnlyList<WebhookDelivery>))]
[JsonSerializable(typeof(WebhookDelivery))]
public sealed partial class ContractsJson : JsonSerializerContext;
