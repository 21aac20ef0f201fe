using Blockwire.Initiator;

namespace Blockwire.Cli.Clients;

/// <summary>`blockwire info`: all that a logical unit and the session with it tell.</summary>
internal static class InfoRun
{
    public static async Task<int> RunAsync(ClientContext context, IscsiUrl url, CancellationToken stop)
    {
        await using ConnectedUnit connected = await context.Connector.OpenUnitAsync(url, stop);
        if (context.Json)
        {
            await context.WriteJsonAsync(InfoJson.Of(url, connected));
        }
        else
        {
            await context.WriteAsync(InfoText.Of(url, connected));
        }

        return ExitStatus.Done;
    }
}
