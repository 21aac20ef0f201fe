using Blockwire.Storage.Tests;

// The test runner, or the second process that some tests need.
return args is ["--child", ..] ? await ChildProcess.RunAsync(args[1..]) : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
