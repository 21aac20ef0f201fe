using System.CommandLine;
using Blockwire.Cli.Clients;
using Blockwire.Cli.Transfers;
using Blockwire.Initiator;

namespace Blockwire.Cli.CommandLine;

/// <summary>`blockwire info`, `ping`, `read` and `write`: their options.</summary>
internal static class UnitCommands
{
    private const int LargestBlock = 64 << 20;

    private static readonly Argument<IscsiUrl> Unit = ClientOptions.Url(
        "URL", IscsiUrlPart.LogicalUnit, "iscsi://[user%secret@]host[:port]/target/lun, with options behind ? (docs/CLIENT.md).");

    private static readonly Argument<IscsiUrl> PingPlace = ClientOptions.Url(
        "URL|HOST[:PORT]", IscsiUrlPart.Portal, "A target, or a portal, whose first target is pinged then.");

    private static readonly Option<int?> Count = ClientOptions.Number("--count", "NOP-Outs to send; 0: until it is interrupted. Default: 5.", 0, int.MaxValue);

    private static readonly Option<TimeSpan?> Interval = ClientOptions.Time("--interval", "Time between them. Default: 1.");

    private static readonly Option<int?> PingSize = ClientOptions.Number("--size", "Bytes of ping data. Default: 64.", 0, 8192);

    private static readonly Option<long?> Offset = ClientOptions.Size("--offset", "The first byte; any. Default: 0.", orZero: true);

    private static readonly Option<long?> Length = ClientOptions.Size("--length", "Bytes; any number. Default: up to the end of the unit.", orZero: true);

    private static readonly Option<long?> Block = ClientOptions.Size("--block", $"Bytes of one command, up to 64M. Default: 1M; {TransferArguments.Depth} commands are under way at once.");

    public static Command CreateInfo()
    {
        Command command = ClientOptions.AddTo(new Command("info", "Show what a logical unit is and can do, and every key that was negotiated.") { Unit });
        Run(command, Unit, static (parsed, context, stop) => InfoRun.RunAsync(context, parsed.GetValue(Unit)!, stop));
        return command;
    }

    public static Command CreatePing()
    {
        Command command = ClientOptions.AddTo(new Command("ping", "Send NOP-Outs and tell how long their answers take.") { PingPlace, Count, Interval, PingSize });
        Run(command, PingPlace, static (parsed, context, stop) => PingRun.RunAsync(
            context,
            new PingArguments(
                parsed.GetValue(PingPlace)!, parsed.GetValue(Count) ?? 5, parsed.GetValue(Interval) ?? TimeSpan.FromSeconds(1), parsed.GetValue(PingSize) ?? 64,
                context.Connector.Settings.TimeLimit ?? TimeSpan.FromSeconds(5)),
            stop));
        return command;
    }

    public static Command CreateRead()
    {
        Command command = ClientOptions.AddTo(new Command("read", "Read a logical unit to standard output.") { Unit, Offset, Length, Block });
        command.Options.Remove(ClientOptions.Json);
        AddBlockRule(command);
        Run(command, Unit, static (parsed, context, stop) => ReadRun.RunAsync(context, Transfer(parsed), stop));
        return command;
    }

    public static Command CreateWrite()
    {
        Command command = ClientOptions.AddTo(new Command("write", "Write standard input to a logical unit, and flush.") { Unit, Offset, Length, Block });
        AddBlockRule(command);
        Run(command, Unit, static (parsed, context, stop) => WriteRun.RunAsync(context, Transfer(parsed), stop));
        return command;
    }

    private static TransferArguments Transfer(ParseResult parsed) => new(
        parsed.GetValue(Unit)!, parsed.GetValue(Offset) ?? 0, parsed.GetValue(Length), (int)(parsed.GetValue(Block) ?? TransferArguments.DefaultBlock));

    private static void AddBlockRule(Command command) => command.Validators.Add(static result =>
    {
        if (result.GetResult(Block) is { Errors: var errors } && !errors.Any() && result.GetValue(Block) > LargestBlock)
        {
            result.AddError("--block: at most 64M");
        }
    });

    private static void Run(Command command, Argument<IscsiUrl> place, Func<ParseResult, ClientContext, CancellationToken, Task<int>> run) =>
        command.SetAction((parsed, _) => ClientRun.RunAsync(
            ClientOptions.Read(parsed), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, parsed.GetValue(place),
            (context, stop) => run(parsed, context, stop)));
}
