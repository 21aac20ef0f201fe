using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Blockwire.Initiator;
using Blockwire.Protocol.Naming;
using Blockwire.Protocol.Text;
using Blockwire.Scsi;

namespace Blockwire.Cli.Clients;

/// <summary>`blockwire ls`: every target with its LUNs. One that refuses is shown with the reason.</summary>
internal static class ListRun
{
    public static async Task<int> RunAsync(ClientContext context, IscsiUrl url, CancellationToken stop)
    {
        Discovery found = await context.Connector.DiscoverAsync(url, cancellationToken: stop);
        List<JsonNode?> all = [];
        StringBuilder lines = new();
        foreach (DiscoveredTarget target in found.Targets)
        {
            ListedTarget listed = await ListAsync(context, url, target, stop);
            if (context.Json)
            {
                all.Add(JsonOf(listed));
            }
            else
            {
                Print(lines, listed);
                await context.WriteAsync(lines.ToString());
                lines.Clear();
            }
        }

        if (context.Json)
        {
            await context.WriteJsonAsync(new JsonObject { ["portal"] = found.AskedAt.ToString(), ["targets"] = new JsonArray([.. all]) });
        }

        return ExitStatus.Done;
    }

    private static async Task<ListedTarget> ListAsync(ClientContext context, IscsiUrl url, DiscoveredTarget target, CancellationToken stop)
    {
        List<ListedUnit> units = [];
        try
        {
            // What is asked at is known to be reachable; of what else the target tells that need not be so.
            PortalAddress[] portals = [.. target.Portals.Select(static it => it.Address)];
            IscsiUrl there = url with
            {
                TargetName = IscsiName.TryReceive(target.Name, out IscsiName name, out _) ? name : null,
                Portals = portals.Contains(url.Portals[0]) || portals.Length == 0 ? url.Portals : [.. portals],
            };
            await using ConnectedSession connected = await context.Connector.OpenSessionAsync(there, stop);
            foreach (ulong lun in await context.Connector.ReportLunsAsync(connected.Session, stop))
            {
                units.Add(await ReadAsync(connected.Session, lun, stop));
            }

            return new(target, units, null);
        }
        catch (Exception failure) when (failure is not OperationCanceledException && ClientFailures.Explain(failure, url) is { } why)
        {
            return new(target, units, why);
        }
    }

    private static async Task<ListedUnit> ReadAsync(IscsiSession session, ulong lun, CancellationToken stop)
    {
        string number = LunFormat.TryDecode(lun, out uint plain) ? plain.ToString(CultureInfo.InvariantCulture) : $"0x{lun:x16}";
        try
        {
            LogicalUnit unit = await LogicalUnit.OpenAsync(session.UnitAt(lun), new LogicalUnitSettings { Name = $"LUN {number}" }, stop);
            return new(number, unit.Facts, unit.Facts.CapacityProblem);
        }
        catch (IOException failure)
        {
            return new(number, null, failure.Message);
        }
    }

    private static void Print(StringBuilder lines, ListedTarget listed)
    {
        lines.Append(listed.Target.Name).Append(' ').AppendJoin(' ', listed.Target.Addresses).Append('\n');
        foreach (ListedUnit unit in listed.Units)
        {
            lines.Append(CultureInfo.InvariantCulture, $"  LUN {unit.Lun,-4} ");
            if (unit.Facts is { } facts)
            {
                string size = facts.Capacity is null ? "no size" : Sizes.Text((double)facts.BlockCount * facts.BlockBytes);
                lines.Append(CultureInfo.InvariantCulture, $"{DeviceTypes.Name(facts.Inquiry.DeviceType),-6} {size,10}  {facts.Inquiry.Vendor} {facts.Inquiry.Product}");
                lines.Append(facts.WriteProtected ? "  read-only" : "").Append(unit.Problem is { } problem ? $"  ({problem})" : "").Append('\n');
            }
            else
            {
                lines.Append(unit.Problem).Append('\n');
            }
        }

        lines.Append(listed.Problem is { } why ? $"  cannot be listed: {why}\n" : listed.Units.Count == 0 ? "  no LUNs\n" : "");
    }

    private static JsonObject JsonOf(ListedTarget listed)
    {
        JsonObject json = DiscoverRun.JsonOf(listed.Target);
        json["luns"] = new JsonArray([.. listed.Units.Select(static unit => new JsonObject
        {
            ["lun"] = uint.TryParse(unit.Lun, NumberStyles.None, CultureInfo.InvariantCulture, out uint plain) ? plain : unit.Lun,
            ["type"] = unit.Facts is { } facts ? DeviceTypes.Name(facts.Inquiry.DeviceType) : null,
            ["bytes"] = unit.Facts?.Capacity is null ? null : unit.Facts.BlockCount * unit.Facts.BlockBytes,
            ["blockBytes"] = unit.Facts?.Capacity?.BlockBytes,
            ["vendor"] = unit.Facts?.Inquiry.Vendor,
            ["product"] = unit.Facts?.Inquiry.Product,
            ["serial"] = unit.Facts?.Serial,
            ["readOnly"] = unit.Facts?.WriteProtected,
            ["problem"] = unit.Problem,
        })]);
        json["problem"] = listed.Problem;
        return json;
    }

    private sealed record ListedUnit(string Lun, LogicalUnitFacts? Facts, string? Problem);

    private sealed record ListedTarget(DiscoveredTarget Target, IReadOnlyList<ListedUnit> Units, string? Problem);
}
