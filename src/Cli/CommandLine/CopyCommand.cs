using System.CommandLine;
using System.CommandLine.Parsing;
using Blockwire.Cli.Clients;
using Blockwire.Cli.Copying;
using Blockwire.Initiator;

namespace Blockwire.Cli.CommandLine;

/// <summary>`blockwire copy`: its options.</summary>
internal static class CopyCommand
{
    private const int DefaultBlock = 1 << 20;
    private const int LargestBlock = 64 << 20;

    private static readonly Argument<string> Source = End("SOURCE", "A file, an iscsi:// URL, or any disk as serve takes it. It is opened for reading only.");

    private static readonly Argument<string> Target = End("TARGET", "The same. A file that is missing is made, sparse, with the source's size.");

    private static readonly Option<long?> Block = ClientOptions.Size("--block", $"Bytes of one read or write, up to 64M. Default: 1M; {CopyArguments.Depth} are under way at once.");

    private static readonly Option<bool> Verify = new("--verify") { Description = "Read both back at the end and compare." };

    private static readonly Option<bool> AnySize = new("--any-size") { Description = "Source and target may have different sizes: copy as many bytes as both have." };

    private static readonly Option<FileInfo> Resume = new("--resume")
    {
        Description = "Keep in this file how far the copy is, and go on from there when the file is there already. It is deleted when the copy is made.",
        HelpName = "FILE",
    };

    public static Command Create()
    {
        Command command = ClientOptions.AddTo(new Command("copy", "Copy a disk to another without its holes.") { Source, Target, Block, Verify, AnySize, Resume });
        command.Validators.Add(static result =>
        {
            if (result.GetResult(Block) is { Errors: var errors } && !errors.Any() && result.GetValue(Block) > LargestBlock)
            {
                result.AddError("--block: at most 64M");
            }
        });
        command.SetAction(static (parsed, _) => ClientRun.RunAsync(
            ClientOptions.Read(parsed), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, Where(parsed),
            (context, stop) => CopyRun.RunAsync(
                context,
                new CopyArguments(
                    parsed.GetValue(Source)!, parsed.GetValue(Target)!, (int)(parsed.GetValue(Block) ?? DefaultBlock), parsed.GetValue(Verify), parsed.GetValue(AnySize),
                    parsed.GetValue(Resume)),
                stop)));
        return command;
    }

    private static Argument<string> End(string name, string description)
    {
        Argument<string> argument = new(name) { Description = description };
        argument.Validators.Add(static result =>
        {
            if (CopyEnds.Problem(result.Tokens[0].Value) is { } problem)
            {
                result.AddError(problem);
            }
        });
        return argument;
    }

    // Failures are about the URL if there is one only; else they tell by themselves.
    private static IscsiUrl? Where(ParseResult parsed)
    {
        string[] urls = [.. new[] { parsed.GetValue(Source)!, parsed.GetValue(Target)! }.Where(CopyEnds.IsUrl)];
        return urls.Length == 1 ? IscsiUrl.Parse(urls[0], IscsiUrlPart.LogicalUnit, ClientRun.Variable) : null;
    }
}
