using System.Text.Json.Nodes;
using Blockwire.Initiator;
using Blockwire.Protocol.Login;
using Blockwire.Scsi;

namespace Blockwire.Cli.Clients;

/// <summary>`blockwire info` for programs; docs/CLIENT.md has the names, which stay.</summary>
internal static class InfoJson
{
    public static JsonObject Of(IscsiUrl url, ConnectedUnit connected)
    {
        LogicalUnitFacts facts = connected.Unit.Facts;
        return new JsonObject
        {
            ["url"] = url.ToString(),
            ["type"] = DeviceTypes.Name(facts.Inquiry.DeviceType),
            ["removable"] = facts.Inquiry.Removable,
            ["vendor"] = facts.Inquiry.Vendor,
            ["product"] = facts.Inquiry.Product,
            ["revision"] = facts.Inquiry.Revision,
            ["serial"] = facts.Serial,
            ["designators"] = new JsonArray([.. facts.Designators.Select(static one => new JsonObject
            {
                ["value"] = DesignatorText.Of(one),
                ["kind"] = DesignatorText.Kind(one),
            })]),
            ["bytes"] = facts.Capacity is null ? null : facts.BlockCount * facts.BlockBytes,
            ["blocks"] = facts.Capacity is null ? null : facts.BlockCount,
            ["blockBytes"] = facts.Capacity?.BlockBytes,
            ["physicalBlockBytes"] = facts.Capacity is { } capacity ? capacity.BlockBytes << capacity.PhysicalExponent : null,
            ["capacityProblem"] = facts.CapacityProblem,
            ["readOnly"] = facts.WriteProtected,
            ["medium"] = InfoText.ProfileText(facts),
            ["provisioning"] = facts.IsCdDvd ? null : InfoText.ProvisioningText(facts),
            ["protection"] = (int)(facts.Capacity?.Protection ?? ProtectionType.None),
            ["writeCache"] = facts.Caching?.WriteCache,
            ["forceUnitAccess"] = facts.ForceUnitAccess,
            ["pages"] = new JsonArray([.. facts.VitalPages.Select(static page => JsonValue.Create($"{page:X2}h"))]),
            ["limits"] = facts.Limits is { } limits ? LimitsOf(limits) : null,
            ["sessions"] = new JsonArray([.. connected.Sessions.Select(SessionOf)]),
        };
    }

    private static JsonObject LimitsOf(BlockLimitsPage limits) => new()
    {
        ["transfer"] = limits.MaximumTransfer,
        ["bestTransfer"] = limits.OptimalTransfer,
        ["transferGranularity"] = limits.OptimalTransferGranularity,
        ["compareAndWrite"] = limits.MaximumCompareAndWrite,
        ["writeSame"] = limits.MaximumWriteSame,
        ["unmap"] = limits.MaximumUnmap,
        ["unmapRanges"] = limits.MaximumUnmapDescriptors,
        ["unmapGranularity"] = limits.OptimalUnmapGranularity,
    };

    private static JsonObject SessionOf(IscsiSession session)
    {
        InitiatorLoginOutcome? login = session.Connections is [{ Login: var leading }, ..] ? leading : null;
        return new JsonObject
        {
            ["target"] = session.Options.TargetName.ToString(),
            ["initiator"] = session.Options.InitiatorName.ToString(),
            ["isid"] = session.Options.Isid.ToString(),
            ["tsih"] = session.Tsih,
            ["errorRecoveryLevel"] = session.Parameters.ErrorRecoveryLevel,
            ["targetAlias"] = login?.TargetAlias,
            ["authentication"] = login?.AuthenticationMethod ?? "None",
            ["chapAlgorithm"] = login?.ChapAlgorithm?.ToString(),
            ["targetAuthenticated"] = login?.IsTargetAuthenticated ?? false,
            ["connections"] = new JsonArray([.. session.Connections.Select(ConnectionOf)]),
            ["keys"] = new JsonArray([.. (login?.Keys ?? []).Select(static key => new JsonObject
            {
                ["name"] = key.Name,
                ["offer"] = key.Offer,
                ["answer"] = key.Answer,
                ["result"] = key.Result,
                ["section"] = InfoText.Section(key),
            })]),
            ["notes"] = new JsonArray([.. session.Connections.SelectMany(static it => it.Login.Notes).Distinct().Select(static note => JsonValue.Create(note))]),
        };
    }

    private static JsonObject ConnectionOf(ConnectionInfo connection) => new()
    {
        ["cid"] = connection.Cid,
        ["portal"] = connection.Portal.ToString(),
        ["local"] = connection.LocalAddress,
        ["portalGroupTag"] = connection.Login.PortalGroupTag,
        ["headerDigest"] = connection.Login.ConnectionParameters.HeaderDigest.ToString(),
        ["dataDigest"] = connection.Login.ConnectionParameters.DataDigest.ToString(),
    };
}
