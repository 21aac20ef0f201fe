using System.Globalization;
using System.Text;
using Blockwire.Cli.Logging;
using Blockwire.Initiator;
using Blockwire.Protocol.Keys;
using Blockwire.Protocol.Login;
using Blockwire.Scsi;

namespace Blockwire.Cli.Clients;

/// <summary>`blockwire info` for people.</summary>
internal sealed class InfoText
{
    private const int NameWidth = 20;

    private readonly StringBuilder _text = new();

    public static string Of(IscsiUrl url, ConnectedUnit connected)
    {
        InfoText info = new();
        info.AddUnit(url, connected.Unit.Facts);
        info.AddLimits(connected.Unit.Facts);
        foreach (IscsiSession session in connected.Sessions)
        {
            info.AddSession(session);
        }

        foreach ((string name, PathCandidate state) in connected.Multipath?.Paths ?? [])
        {
            info.Add("path", $"{name}: {state}");
        }

        return info._text.ToString();
    }

    private void Add(string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            _text.Append("  ").Append(name.PadRight(NameWidth)).Append(' ').Append(TerminalText.Line(value)).Append('\n');
        }
    }

    private void AddUnit(IscsiUrl url, LogicalUnitFacts facts)
    {
        _text.Append(url).Append('\n');
        Add("type", $"{DeviceTypes.Name(facts.Inquiry.DeviceType)}{(facts.Inquiry.Removable ? ", removable" : "")}");
        Add("vendor", facts.Inquiry.Vendor);
        Add("product", facts.Inquiry.Product);
        Add("revision", facts.Inquiry.Revision);
        Add("serial", facts.Serial);
        foreach (Designator one in facts.Designators)
        {
            Add("designator", $"{DesignatorText.Of(one)} ({DesignatorText.Kind(one)})");
        }

        if (facts.Capacity is { } capacity)
        {
            double bytes = (double)facts.BlockCount * capacity.BlockBytes;
            Add("capacity", string.Create(CultureInfo.InvariantCulture, $"{facts.BlockCount * capacity.BlockBytes} bytes, {Sizes.Text(bytes)}, {facts.BlockCount} blocks"));
            Add("block", string.Create(CultureInfo.InvariantCulture, $"{capacity.BlockBytes} bytes, physical {capacity.BlockBytes << capacity.PhysicalExponent}"));
        }
        else
        {
            Add("capacity", facts.CapacityProblem);
        }

        Add("write protected", facts.WriteProtected ? "yes" : "no");
        Add("medium", ProfileText(facts));
        Add("provisioning", facts.IsCdDvd ? null : ProvisioningText(facts));
        Add("protection", facts.IsCdDvd ? null : ProtectionText(facts));
        Add("caching", facts.IsCdDvd ? null : facts.Caching is { } cache
            ? $"write cache {(cache.WriteCache ? "on" : "off")}, read cache {(cache.ReadCacheDisabled ? "off" : "on")}, FUA {(facts.ForceUnitAccess ? "honoured" : "not honoured")}"
            : "the target does not tell");
        Add("pages", string.Join(' ', facts.VitalPages.Select(static page => $"{page:X2}h")));
        Add("mode pages", string.Join(' ', (facts.Modes?.Pages ?? []).Select(static page => page.Subpage == 0 ? $"{page.Code:X2}h" : $"{page.Code:X2}h/{page.Subpage:X2}h")));
    }

    private void AddLimits(LogicalUnitFacts facts)
    {
        if (facts.Limits is not { } limits)
        {
            return;
        }

        _text.Append("limits (page B0h, in blocks; 0: none is reported)\n");
        foreach ((string name, ulong value) in LimitRows(limits))
        {
            Add(name, value.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>The limits with their names.</summary>
    public static IEnumerable<(string Name, ulong Value)> LimitRows(BlockLimitsPage limits) =>
    [
        ("transfer", limits.MaximumTransfer),
        ("best transfer", limits.OptimalTransfer),
        ("transfer granularity", limits.OptimalTransferGranularity),
        ("COMPARE AND WRITE", limits.MaximumCompareAndWrite),
        ("WRITE SAME", limits.MaximumWriteSame),
        ("UNMAP", limits.MaximumUnmap),
        ("UNMAP ranges", limits.MaximumUnmapDescriptors),
        ("UNMAP granularity", limits.OptimalUnmapGranularity),
    ];

    /// <summary>Thin or not, and by what means.</summary>
    public static string ProvisioningText(LogicalUnitFacts facts)
    {
        if (facts.Capacity is not { Provisioned: true } capacity)
        {
            return "full";
        }

        LogicalBlockProvisioningPage page = facts.Provisioning ?? default;
        string[] means = [.. new[] { page.Unmap ? "UNMAP" : "", page.WriteSame16 ? "WRITE SAME(16)" : "", page.WriteSame10 ? "WRITE SAME(10)" : "" }.Where(static it => it.Length > 0)];
        return $"{(page.ProvisioningType == 2 ? "thin" : page.ProvisioningType == 1 ? "resource" : "managed")}{(means.Length > 0 ? $", by {string.Join(", ", means)}" : "")}, "
            + (capacity.ReadsZeros ? "unmapped blocks read as zeros" : "what unmapped blocks read as is not told");
    }

    /// <summary>What kind of medium a CD/DVD drive has, by its profile (MMC-5); null for other devices.</summary>
    public static string? ProfileText(LogicalUnitFacts facts) => facts.Profile switch
    {
        null => null,
        0 => "none",
        DriveConfiguration.CdRom => "CD-ROM",
        0x0009 => "CD-R",
        0x000A => "CD-RW",
        DriveConfiguration.DvdRom => "DVD-ROM",
        >= 0x0011 and <= 0x0018 or >= 0x001A and <= 0x002B => "DVD that can be written",
        >= 0x0040 and <= 0x0043 => "Blu-ray",
        { } profile => string.Create(CultureInfo.InvariantCulture, $"profile {profile:X4}h"),
    };

    /// <summary>The type of protection information, and which types there can be.</summary>
    public static string ProtectionText(LogicalUnitFacts facts)
    {
        string type = facts.Capacity is { Protection: not ProtectionType.None and var it } ? $"type {(int)it}" : "none";
        return facts.Inquiry.Protect && facts.Extended is { ProtectionTypes: [_, ..] types }
            ? $"{type}; can be formatted with type {string.Join(", ", types.Select(static one => (int)one))}"
            : type;
    }

    private void AddSession(IscsiSession session)
    {
        _text.Append("session\n");
        Add("target", session.Options.TargetName.ToString());
        Add("initiator", session.Options.InitiatorName.ToString());
        Add("ISID, TSIH", $"{session.Options.Isid}, {session.Tsih}");
        Add("recovery level", session.Parameters.ErrorRecoveryLevel.ToString(CultureInfo.InvariantCulture));
        foreach (ConnectionInfo connection in session.Connections)
        {
            Add("connection", ConnectionText(connection));
        }

        if (session.Connections is not [{ Login: var login }, ..])
        {
            return;
        }

        Add("target alias", login.TargetAlias);
        Add("authentication", login.AuthenticationMethod is null or "None" ? "none" : $"{login.AuthenticationMethod} with {login.ChapAlgorithm}{(login.IsTargetAuthenticated ? ", mutual" : ", one way")}");
        _text.Append("negotiated (offer, answer, result)\n");
        foreach (NegotiatedKey key in login.Keys)
        {
            string name = key.Name.PadRight(26);
            _text.Append(CultureInfo.InvariantCulture, $"  {name} {key.Offer ?? "-",-22} {key.Answer ?? "-",-22} {key.Result,-14} {Section(key)}").Append('\n');
        }

        foreach (string note in session.Connections.SelectMany(static it => it.Login.Notes).Distinct())
        {
            Add("note", note);
        }
    }

    private static string ConnectionText(ConnectionInfo connection) =>
        $"{connection.Cid}: {connection.LocalAddress} to {connection.Portal}, portal group {connection.Login.PortalGroupTag?.ToString(CultureInfo.InvariantCulture) ?? "not told"}, "
        + $"digests: header {connection.Login.ConnectionParameters.HeaderDigest}, data {connection.Login.ConnectionParameters.DataDigest}";

    /// <summary>Where a key is defined: "RFC 7143 §13.12".</summary>
    public static string Section(NegotiatedKey key) =>
        KeyTable.Find(key.Name) is { Section: var section } && section.Split('/') is [var rfc, var number] ? $"RFC {rfc} §{number}" : "";
}
