using System.CommandLine;
using Blockwire.Cli.Clients;
using Blockwire.Initiator;

namespace Blockwire.Cli.CommandLine;

/// <summary>`blockwire discover` and `blockwire ls`: both ask a portal.</summary>
internal static class DiscoverCommand
{
    private static readonly Argument<IscsiUrl> Portal = ClientOptions.Url(
        "HOST[:PORT]", IscsiUrlPart.Portal, "The portal to ask; port 3260 when nothing is said. iscsi://user%secret@host:port will do too.");

    public static Command CreateDiscover()
    {
        Command command = ClientOptions.AddTo(new Command("discover", "List the targets of a portal, a line for each of their portals.") { Portal });
        command.SetAction(static (parsed, _) => ClientRun.RunAsync(
            ClientOptions.Read(parsed), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, parsed.GetValue(Portal),
            (context, stop) => DiscoverRun.RunAsync(context, parsed.GetValue(Portal)!, stop)));
        return command;
    }

    public static Command CreateList()
    {
        Command command = ClientOptions.AddTo(new Command("ls", "List the targets of a portal with their LUNs, types and sizes.") { Portal });
        command.SetAction(static (parsed, _) => ClientRun.RunAsync(
            ClientOptions.Read(parsed), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, parsed.GetValue(Portal),
            (context, stop) => ListRun.RunAsync(context, parsed.GetValue(Portal)!, stop)));
        return command;
    }
}
