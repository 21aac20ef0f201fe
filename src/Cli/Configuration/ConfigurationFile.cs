using System.Text.Json;
using System.Text.Json.Serialization;

namespace Blockwire.Cli.Configuration;

/// <summary>The shape of a configuration file. docs/CONFIG.md says what each property means; a test holds the two together.</summary>
internal sealed record ConfigurationFile
{
    public string? Log { get; init; }

    public string? Trace { get; init; }

    public string? State { get; init; }

    public IReadOnlyList<PortalSection>? Portals { get; init; }

    public IReadOnlyList<TargetSection>? Targets { get; init; }

    public ChapSection? DiscoveryChap { get; init; }

    public bool? AllowTargetReset { get; init; }

    public KeySection? Keys { get; init; }

    public TimeoutSection? Timeouts { get; init; }
}

/// <summary>An element of "portals".</summary>
internal sealed record PortalSection
{
    public string? Listen { get; init; }

    public ushort? PortalGroupTag { get; init; }
}

/// <summary>An element of "targets".</summary>
internal sealed record TargetSection
{
    public string? Name { get; init; }

    public string? Alias { get; init; }

    public ChapSection? Chap { get; init; }

    public IReadOnlyList<PortGroupSection>? PortGroups { get; init; }

    public IReadOnlyList<DiskSection>? Disks { get; init; }
}

/// <summary>An element of "portGroups" of a target.</summary>
internal sealed record PortGroupSection
{
    public ushort? Tag { get; init; }

    public string? State { get; init; }

    public bool? Preferred { get; init; }
}

/// <summary>"chap" of a target, and "discoveryChap".</summary>
internal sealed record ChapSection
{
    public IReadOnlyList<ChapUserSection>? Users { get; init; }

    public ChapMutualSection? Mutual { get; init; }

    public IReadOnlyList<string>? Algorithms { get; init; }

    public string? Require { get; init; }

    public int? ChallengeBytes { get; init; }
}

/// <summary>An element of "users".</summary>
internal sealed record ChapUserSection
{
    public string? User { get; init; }

    public string? Secret { get; init; }

    public string? Initiator { get; init; }

    public ChapMutualSection? Mutual { get; init; }

    /// <summary>The secret stays out of messages.</summary>
    public override string ToString() => $"user {User}";
}

/// <summary>"mutual": what the target proves.</summary>
internal sealed record ChapMutualSection
{
    public string? User { get; init; }

    public string? Secret { get; init; }

    /// <summary>The secret stays out of messages.</summary>
    public override string ToString() => $"user {User}";
}

/// <summary>An element of "disks" of a target.</summary>
internal sealed record DiskSection
{
    public string? Disk { get; init; }

    public uint? Lun { get; init; }

    public string? Size { get; init; }

    public bool? Readonly { get; init; }

    public bool? Removable { get; init; }

    public uint? Block { get; init; }

    public string? Serial { get; init; }

    public bool? Thin { get; init; }

    public uint? Protection { get; init; }

    public string? ProtectionStore { get; init; }
}

/// <summary>"keys": limits for login negotiation, named as the RFC names the keys (RFC 7143 §13).</summary>
internal sealed record KeySection
{
    [JsonPropertyName(nameof(HeaderDigest))]
    public string? HeaderDigest { get; init; }

    [JsonPropertyName(nameof(DataDigest))]
    public string? DataDigest { get; init; }

    [JsonPropertyName(nameof(InitialR2T))]
    public bool? InitialR2T { get; init; }

    [JsonPropertyName(nameof(ImmediateData))]
    public bool? ImmediateData { get; init; }

    [JsonPropertyName(nameof(MaxRecvDataSegmentLength))]
    public int? MaxRecvDataSegmentLength { get; init; }

    [JsonPropertyName(nameof(MaxBurstLength))]
    public int? MaxBurstLength { get; init; }

    [JsonPropertyName(nameof(FirstBurstLength))]
    public int? FirstBurstLength { get; init; }

    [JsonPropertyName(nameof(MaxConnections))]
    public int? MaxConnections { get; init; }

    [JsonPropertyName(nameof(MaxOutstandingR2T))]
    public int? MaxOutstandingR2T { get; init; }

    [JsonPropertyName(nameof(DefaultTime2Wait))]
    public int? DefaultTime2Wait { get; init; }

    [JsonPropertyName(nameof(DefaultTime2Retain))]
    public int? DefaultTime2Retain { get; init; }

    [JsonPropertyName(nameof(ErrorRecoveryLevel))]
    public int? ErrorRecoveryLevel { get; init; }
}

/// <summary>"timeouts", in seconds.</summary>
internal sealed record TimeoutSection
{
    public double? Login { get; init; }

    public double? IdleProbe { get; init; }

    public double? Drain { get; init; }
}

/// <summary>Reads the sections without reflection.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.General,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true)]
[JsonSerializable(typeof(ConfigurationFile))]
internal sealed partial class ConfigurationContext : JsonSerializerContext;
