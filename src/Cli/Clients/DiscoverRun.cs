using System.Text;
using System.Text.Json.Nodes;
using Blockwire.Initiator;
using Blockwire.Protocol.Text;
using Microsoft.Extensions.Logging;

namespace Blockwire.Cli.Clients;

/// <summary>`blockwire discover`.</summary>
internal static class DiscoverRun
{
    public static async Task<int> RunAsync(ClientContext context, IscsiUrl url, CancellationToken stop)
    {
        Discovery found = await context.Connector.DiscoverAsync(url, cancellationToken: stop);
        if (context.Json)
        {
            await context.WriteJsonAsync(new JsonObject
            {
                ["portal"] = found.AskedAt.ToString(),
                ["targets"] = new JsonArray([.. found.Targets.Select(JsonOf)]),
                ["notes"] = new JsonArray([.. found.Notes.Select(static note => JsonValue.Create(note))]),
            });
            return ExitStatus.Done;
        }

        foreach (string note in found.Notes)
        {
            context.Logger.LogWarning("{Portal}: {Note}", found.AskedAt, note);
        }

        StringBuilder lines = new();
        foreach (DiscoveredTarget target in found.Targets)
        {
            foreach (string address in target.Addresses)
            {
                lines.Append(target.Name).Append(' ').Append(address).Append('\n');
            }
        }

        await context.WriteAsync(lines.ToString());
        return ExitStatus.Done;
    }

    /// <summary>A target with its portals.</summary>
    public static JsonObject JsonOf(DiscoveredTarget target) => new()
    {
        ["name"] = target.Name,
        ["portals"] = new JsonArray([.. target.Portals.Select(static portal => new JsonObject
        {
            ["address"] = portal.Address.ToString(),
            ["portalGroupTag"] = portal.PortalGroupTag,
        })]),
    };
}
